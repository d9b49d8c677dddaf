using System.Diagnostics;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

/// <summary>The llama.cpp server of <c>tests/polyglot/llama</c> with the stories260K model; a process of its own.</summary>
internal sealed partial class LlamaServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private LlamaServerProcess(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    public string Endpoint { get; }

    /// <summary>
    /// Starts the server; prints why and returns null where the model or the packages are missing. In CI both must be there.
    /// </summary>
    public static async Task<LlamaServerProcess?> TryStartAsync()
    {
        var folder = Path.Combine(Repository.Root, "tests", "polyglot", "llama");
        if (!SharedData.TryFind("tiny-llama-stories260k/stories260K.gguf", out var model)
            || !Prerequisite.IsPresent(Path.Combine(folder, "node_modules"), "npm ci --omit=optional --prefix tests/polyglot/llama"))
            return null;
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "server.mjs"), model])
        {
            RedirectStandardOutput = true,
        })!;
        var line = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("the llama.cpp server did not start");
        _ = process.StandardOutput.ReadToEndAsync();
        return new LlamaServerProcess(process, AddressPattern().Match(line).Value);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex AddressPattern();
}
