using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>
/// What users mistype is refused before any work begins, in one line that names the option or setting, and never with a stack trace.
/// </summary>
public sealed class CommandLineTests : IDisposable
{
    private const int BadInput = 2;
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string> BadCommandLines => new()
    {
        { "dataset list --state {new} --set Balancer:Concurrency=abc", "Balancer:Concurrency" },
        { "dataset list --state {new} --set Balancer:Concurency=5", "Balancer:Concurrency" },
        { "dataset list --state {new} --set Nonsense:Key=1", "Nonsense:Key" },
        { "dataset list --state {file}", "--state" },
        { "dataset list --state /proc/x", "--state" },
        { "dataset create -f {none}", "--file" },
        { "dataset create -f {folder}", "--file" },
        { "dataset create --state {new} -f {quoted}", "spec.pairs" },
        { "dataset create --state {new} -f {large}", "spec.pairs" },
        { "dataset create --state {new} -f {latin}", "--file" },
        { "dataset list --mesh http://127.0.0.1:{busy} --set Balancer:Concurrency=5", "--set" },
        { "mesh status --state {rubbish}", "state.json" },
        { "mesh up --state {rubbish}", "state.json" },
        { "dataset list --state {rubbish}", "not a database" },
        { "dataset list --state {served}", "--with-servers" },
        { "mesh up --state {served}", "--with-servers" },
        { "mesh up --state {new} --set Nonsense:Key=1", "Nonsense:Key" },
        { "mesh up --state {new} --set Mesh:DrainLimt=00:00:05", "Mesh:DrainLimit" },
        { "dataset replay {folder} abc", "abc" },
        { "dataset verify", "folder" },
        { "demo --pairs 0 --state {new}", "--pairs" },
        { "demo --pairs -5 --state {new}", "--pairs" },
        { "demo --pairs 2000000 --state {new}", "--pairs" },
        { "demo --state {new} --out {file}", "--out" },
        { "demo --state {new} --out {file}/below", "--out" },
        { "demo --state {new} --out /proc/x/out", "--out" },
        { "generate image --prompt x --state {new} --out {none}/deep/image.png", "--out" },
        { "vocabulary build {folder} --name ../../x --out {new}", "--name" },
        { "vocabulary build {folder} --name {empty} --out {new}", "--name" },
        { "vocabulary build {folder} --out {folder}", "--out" },
        { "up --state {new} --port {busy}", "--port" },
        { "up --state {new} --port {free} --json-port {busy}", "--json-port" },
        { "up --state {new} --port 65500", "--json-port" },
    };

    [Theory]
    [MemberData(nameof(BadCommandLines))]
    public async Task Command_BadInput_ExitsWithTwoAndOneLineThatNamesIt(string command, string named)
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        await using var process = SyncxrProcess.StartCommand(FillPlaceholders(command, ((IPEndPoint)busy.LocalEndpoint).Port));

        var code = await process.WaitForExitAsync();

        Assert.True(code == BadInput, $"exit {code}\n{process.Output}\n{process.Error}");
        var line = Assert.Single(Lines(process.Error), l => !l.StartsWith("starting the mesh", StringComparison.Ordinal));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        if (command.StartsWith("demo", StringComparison.Ordinal) || command.StartsWith("up", StringComparison.Ordinal))
            Assert.False(Directory.Exists(_scratch["new"]), "a state folder was left behind");
    }

    [Theory]
    [InlineData("dataset replay {folder} abc --json")]
    [InlineData("dataset --json")]
    [InlineData("demo --pairs 0 --state {new} --json")]
    public async Task Command_BadInputWithJson_LastLineIsTheError(string command)
    {
        await using var process = SyncxrProcess.StartCommand(FillPlaceholders(command, 1));

        Assert.Equal(BadInput, await process.WaitForExitAsync());

        var error = JsonDocument.Parse(Lines(process.Output)[^1]).RootElement.GetProperty("error");
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("Report", "--Mesh:Listen=0.0.0.0", "Mesh:Listen")]
    [InlineData("Report", "--Report:MaxAttempts=abc", "Report:MaxAttempts")]
    [InlineData("Report", "--Report:MaxAttempts=99", "Report:MaxAttempts")]
    [InlineData("Report", "--Report:Writer=nope", "Report:Writer")]
    [InlineData("Report", "--Reprot:MaxAttempts=3", "Report:MaxAttempts")]
    [InlineData("Trainer", "--Trainer:Threads=0", "Threads")]
    [InlineData("Evaluator", "--Evaluator:Threads=abc", "Evaluator:Threads")]
    [InlineData("Diffusion", "--Diffusion:MaxBatch=0", "Diffusion:MaxBatch")]
    [InlineData("Curation", "--Curation:Thread=2", "Curation:Threads")]
    [InlineData("Balancer", "--Balancer:MaxPairs=0", "Balancer:MaxPairs")]
    [InlineData("Gateway", "--Mesh:DrainLimit=soon", "Mesh:DrainLimit")]
    public async Task Service_BadSetting_ExitsWithTwoAndOneLineThatNamesIt(string service, string setting, string named)
    {
        await using var process = SyncxrProcess.StartService(service, "--Mesh:Port=0", "--Mesh:JsonPort=0", setting);

        var code = await process.WaitForExitAsync();

        Assert.True(code == BadInput, $"exit {code}\n{process.Output}\n{process.Error}");
        Assert.Contains(named, Assert.Single(Lines(process.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelVerify_FileMissingOrTruncated_ExitsWithThreeAndNamesIt()
    {
        var model = _scratch["model"];
        Assert.Equal(0, (await SyncxrProcess.RunAsync("model", "export", "cxr-tiny-judge", model)).Code);
        var file = Path.Combine(model, "model.onnx");
        var bytes = await File.ReadAllBytesAsync(file);

        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)]);
        var cut = await SyncxrProcess.RunAsync("model", "verify", model);
        File.Delete(file);
        var gone = await SyncxrProcess.RunAsync("model", "verify", model);

        foreach (var (code, output, error) in new[] { cut, gone })
        {
            Assert.True(code == 3, output + error);
            Assert.Contains("model.onnx", Assert.Single(Lines(error), l => l.StartsWith("error: ", StringComparison.Ordinal)),
                StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("cxr-tiny-judge", "model.onnx", "Curation:ModelPath")]
    [InlineData("cxr-tiny-generator", "unet/model.onnx", "Diffusion:ModelPaths:0")]
    public async Task Command_ModelWithOneChangedByte_ExitsWithThreeAndNamesTheFile(string name, string file, string setting)
    {
        var model = _scratch["model"];
        Assert.Equal(0, (await SyncxrProcess.RunAsync("model", "export", name, model)).Code);
        var path = Path.Combine(model, file);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var (code, output, error) = await SyncxrProcess.RunAsync("dataset", "list", "--state", _scratch["new"], "--set",
            $"{setting}={model}");

        Assert.True(code == 3, $"exit {code}\n{output}{error}");
        Assert.Contains(file, Assert.Single(Lines(error), l => l.StartsWith("error: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task VocabularyBuild_ArchiveOfGarbage_IsSkippedByName()
    {
        var folder = Directory.CreateDirectory(_scratch["reports"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "garbage.tgz"), [.. Enumerable.Range(0, 999).Select(i => (byte)(i * 7))]);
        for (var i = 0; i < 3; i++)
            await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.txt"), "There is consolidation in the left lower lobe.");

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("vocabulary", "build", folder, "--out", _scratch["out"]);

        Assert.True(code == 0, error);
        Assert.Equal((3, 1), (result.GetProperty("reports").GetInt32(), result.GetProperty("skipped").GetInt32()));
        Assert.Contains("garbage.tgz", error, StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] FillPlaceholders(string command, int busy)
    {
        Directory.CreateDirectory(_scratch["folder"]);
        File.WriteAllText(_scratch["file"], "");
        File.WriteAllText(_scratch["quoted"], "pairs: \"5\"\n");
        File.WriteAllText(_scratch["large"], "pairs: 99999999999999999999\n");
        File.WriteAllBytes(_scratch["latin"], [.. "pairs: 5\ntitle: R"u8, 0xF6, .. "ntgen\n"u8]);
        Directory.CreateDirectory(Path.Combine(_scratch["rubbish"], "mesh"));
        File.WriteAllText(Path.Combine(_scratch["rubbish"], "mesh", "state.json"), "{ \"pid\"");
        Directory.CreateDirectory(Path.Combine(_scratch["served"], "mesh", "servers"));
        File.WriteAllText(Path.Combine(_scratch["served"], "mesh", "servers", "ports"), "");
        File.WriteAllText(Path.Combine(_scratch["rubbish"], "balancer.db"), new string('x', 5000));
        var free = SyncxrProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        return [.. command.Split(' ').Select(part =>
        {
            foreach (var name in new[] { "folder", "file", "quoted", "large", "latin", "rubbish", "served", "none", "new" })
                part = part.Replace($"{{{name}}}", _scratch[name], StringComparison.Ordinal);
            part = part.Replace("{empty}", "", StringComparison.Ordinal);
            return part.Replace("{busy}", busy.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{free}", free, StringComparison.Ordinal);
        })];
    }
}
