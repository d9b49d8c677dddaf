using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>
/// The clients of <c>tests/polyglot</c> in Python and Node, generated from the protos alone, get the same answers.
/// </summary>
public sealed class PolyglotTests(StandaloneMeshFixture mesh)
{
    private const string Debian = "apt-get install protobuf-compiler protobuf-compiler-grpc libprotobuf-dev python3-grpcio";
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "polyglot");

    /// <summary>The Python code is generated once, whichever test is first.</summary>
    private static readonly Lazy<Task> _generated = new(() => RunAsync([], "bash", Path.Combine(_folder, "python", "generate.sh")));

    [Fact]
    public async Task PythonAndNode_SameCalls_GetTheSamePairErrorAndDataset()
    {
        if (!IsInstalled())
            return;
        var (python, _) = await RunBothAsync(new Uri(mesh.Grpc).Authority, []);

        Assert.False(python.TryGetProperty("stranger", out _));
    }

    /// <summary>Stock gRPC of both languages with a token of an OpenID Connect issuer, and without one.</summary>
    [Fact]
    public async Task PythonAndNode_OverTlsWithATokenOfAnIssuer_AreServedAndWithoutOneRefused()
    {
        if (!IsInstalled())
            return;
        await using var secure = await SecureMesh.StartAsync("a-token-of-nobody-here");
        var token = await secure.Issuer.RequestTokenAsync("team-a", "read generate");

        var (python, node) = await RunBothAsync(new Uri(secure.Address).Authority,
            new() { ["SYNCXR_TOKEN"] = token, ["SYNCXR_CA_FILE"] = secure.CaFile });

        foreach (var result in new[] { python, node })
            Assert.Equal(("UNAUTHENTICATED", "UNAUTHENTICATED", "syncxr.mesh"),
                (Text(result, "stranger", "code"), Text(result, "stranger", "reason"), Text(result, "stranger", "domain")));
    }

    private static bool IsInstalled() =>
        Prerequisite.IsPresent(Path.Combine(_folder, "node", "node_modules"), "npm ci --prefix tests/polyglot/node")
            && Prerequisite.IsOnPath("protoc", Debian) && Prerequisite.IsOnPath("grpc_python_plugin", Debian)
            && Prerequisite.IsPresent("/usr/lib/python3/dist-packages/grpc", Debian);

    /// <summary>Runs both clients and holds their results against each other.</summary>
    private static async Task<(JsonElement Python, JsonElement Node)> RunBothAsync(string address, Dictionary<string, string> environment)
    {
        using var scratch = new ScratchFolder();
        await _generated.Value;
        var python = await RunAsync(environment, "/usr/bin/python3", Path.Combine(_folder, "python", "client.py"), address,
            scratch["python.png"]);
        var node = await RunAsync(environment, "node", Path.Combine(_folder, "node", "client.mjs"), address, scratch["node.png"]);

        foreach (var result in new[] { python, node })
        {
            Assert.Contains("consolidation", result.GetProperty("pair").GetProperty("findings").GetString(),
                StringComparison.OrdinalIgnoreCase);
            Assert.True(result.GetProperty("pair").GetProperty("accepted").GetBoolean());
            Assert.Equal(
                ("INVALID_ARGUMENT", "INVALID_FIELD", "syncxr.mesh", "spec.entities[0]"),
                (Text(result, "error", "code"), Text(result, "error", "reason"), Text(result, "error", "domain"),
                    Text(result, "error", "field")));
            Assert.Equal("DATASET_STATE_SEALED", Text(result, "dataset", "state"));
        }

        Assert.Equal(python.GetProperty("pair").ToString().Replace(" ", "", StringComparison.Ordinal),
            node.GetProperty("pair").ToString().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(Text(python, "dataset", "root"), Text(node, "dataset", "root"));
        Assert.NotEqual(Text(python, "dataset", "name"), Text(node, "dataset", "name"));
        Assert.Equal(await File.ReadAllBytesAsync(scratch["python.png"]), await File.ReadAllBytesAsync(scratch["node.png"]));
        return (python, node);
    }

    private static string Text(JsonElement result, string part, string name) => result.GetProperty(part).GetProperty(name).GetString()!;

    /// <summary>Runs a program to its end. Returns its last line as JSON, where it is a JSON object.</summary>
    private static async Task<JsonElement> RunAsync(Dictionary<string, string> environment, string file, params string[] args)
    {
        var start = new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        var last = (await output).TrimEnd().Split('\n')[^1];
        return last.StartsWith('{') ? JsonDocument.Parse(last).RootElement : default;
    }
}
