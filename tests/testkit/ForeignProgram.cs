using System.Diagnostics;

namespace SynCxr.Mesh.Testkit;

/// <summary>Runs another project's program to its end.</summary>
public static class ForeignProgram
{
    /// <returns>What it wrote on both streams, the output first.</returns>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> args)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return await output + await error;
    }
}
