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
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "polyglot");

    [Fact]
    public async Task PythonAndNode_SameCalls_GetTheSamePairErrorAndDataset()
    {
        const string Debian = "apt-get install protobuf-compiler protobuf-compiler-grpc libprotobuf-dev python3-grpcio";
        if (!Prerequisite.IsPresent(Path.Combine(_folder, "node", "node_modules"), "npm ci --prefix tests/polyglot/node")
            || !Prerequisite.IsOnPath("protoc", Debian) || !Prerequisite.IsOnPath("grpc_python_plugin", Debian)
            || !Prerequisite.IsPresent("/usr/lib/python3/dist-packages/grpc", Debian))
        {
            return;
        }

        using var scratch = new ScratchFolder();
        var address = new Uri(mesh.Grpc).Authority;
        await RunAsync("bash", Path.Combine(_folder, "python", "generate.sh"));
        var python = await RunAsync("/usr/bin/python3", Path.Combine(_folder, "python", "client.py"), address, scratch["python.png"]);
        var node = await RunAsync("node", Path.Combine(_folder, "node", "client.mjs"), address, scratch["node.png"]);

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
    }

    private static string Text(JsonElement result, string part, string name) => result.GetProperty(part).GetProperty(name).GetString()!;

    /// <summary>Runs a program to its end. Returns its last line as JSON, where it is a JSON object.</summary>
    private static async Task<JsonElement> RunAsync(string file, params string[] args)
    {
        using var process = Process.Start(
            new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        var last = (await output).TrimEnd().Split('\n')[^1];
        return last.StartsWith('{') ? JsonDocument.Parse(last).RootElement : default;
    }
}
