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
        { "dataset list --mesh http://mesh.example.org:5100 --token-file {quoted}", "clear text" },
        { "dataset list --mesh https://127.0.0.1:{busy} --token-file {none}", "--token-file" },
        { "dataset list --mesh https://127.0.0.1:{busy} --ca-file {quoted}", "no certificate in PEM" },
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
        { "dataset audit {folder} --against {folder} --state {new} --sheet {none}/deep/sheet.png", "--sheet" },
        { "vocabulary build {folder} --name ../../x --out {new}", "--name" },
        { "vocabulary build {folder} --name {empty} --out {new}", "--name" },
        { "vocabulary build {folder} --out {folder}", "--out" },
        { "up --state {new} --port {busy}", "--port" },
        { "up --state {new} --port {free} --json-port {busy}", "--json-port" },
        { "up --state {new} --port 65500", "--json-port" },
        { "vocabulary show --type nope", "--type" },
        { "foo", "no command or option 'foo'" },
        { "experiment foo", "no command or option 'foo'" },
        { "model report cxr-tiny-generator --data {folder} --spec {none}", "--spec" },
        { "evaluate --data {folder} --out {file}", "--out" },
        { "dataset list --state {new} --set Balancer:StateFolder=/proc/x", "Balancer:StateFolder" },
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
    [InlineData("Gateway", "--Mesh:OtlpEndpoint=foo", "Mesh:OtlpEndpoint: 'foo' is not")]
    [InlineData("Diffusion", "--Diffusion:Threads=abc", "Diffusion:Threads: 'abc' is not a whole number from 1 to 256")]
    [InlineData("Diffusion", "--Storage:Root=", "Storage:Root: is empty")]
    [InlineData("Balancer", "--Balancer:StateFolder=/proc/x", "Balancer:StateFolder: ")]
    [InlineData("Report", "foo", "Unknown argument 'foo'")]
    [InlineData("Report", "--Mesh:MaxCalls", "Mesh:MaxCalls: has no value")]
    public async Task Service_BadSetting_ExitsWithTwoAndOneLineThatNamesIt(string service, string setting, string named)
    {
        await using var process = SyncxrProcess.StartService(service, "--Mesh:Port=0", "--Mesh:JsonPort=0", setting);

        var code = await process.WaitForExitAsync();

        Assert.True(code == BadInput, $"exit {code}\n{process.Output}\n{process.Error}");
        Assert.Contains(named, Assert.Single(Lines(process.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_HealthAfterItsSettings_AsksAndEnds()
    {
        await using var process = SyncxrProcess.StartService("Report",
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={TestPort.Reserve()}"), "--health");

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains("report does not answer", process.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "Report:MaxAttempts")]
    [InlineData("--check", "")]
    public async Task Service_SwitchAfterItsSettings_EndsWithoutServing(string argument, string said)
    {
        await using var process = SyncxrProcess.StartService("Report", "--Mesh:Port=0", argument);

        Assert.True(await process.WaitForExitAsync() == 0, process.Error);
        Assert.Contains(said, process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("listens", process.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Diffusion:Thread=2", "Did you mean 'Diffusion:Threads'?")]
    [InlineData("Diffusion:Threads=abc", "Diffusion:Threads: 'abc' is not a whole number from 1 to 256")]
    [InlineData("Gateway:CallsPerService=0", "Gateway:CallsPerService: '0' is not a whole number from 1 to 100000")]
    [InlineData("Mesh:OtlpEndpoint=foo", "Mesh:OtlpEndpoint: 'foo' is not")]
    public async Task MeshUp_WrongSettingOfAService_EndsBeforeAnythingStarts(string setting, string said)
    {
        var (code, output, error) = await SyncxrProcess.RunAsync("mesh", "up", "--state", _scratch["new"], "--set", setting);

        Assert.True(code == BadInput, $"exit {code}\n{output}\n{error}");
        Assert.Contains(said, Assert.Single(Lines(error)), StringComparison.Ordinal);
        Assert.Empty(Lines(output));
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch["new"], "mesh"), "*.log"));
    }

    [Fact]
    public async Task MeshUp_ServersThatAreNotInstalled_AreNamedAndNotInstalled()
    {
        var script = _scratch["servers.sh"];
        await File.WriteAllTextAsync(script, $"""
            echo "$1" >>{_scratch["verbs"]}
            echo 'servers: not installed: rabbitmq-server; run `bash deploy/servers/servers.sh install`' >&2
            exit 3
            """);

        var (code, _, error) = await SyncxrProcess.RunAsync("mesh", "up", "--state", _scratch["new"], "--with-servers",
            "--servers", script);

        Assert.True(code == BadInput, error);
        Assert.Contains("not installed: rabbitmq-server; run `bash", Assert.Single(Lines(error), l => l.StartsWith("error: ",
            StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(["start"], await File.ReadAllLinesAsync(_scratch["verbs"]));
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
    [InlineData("cxr-tiny-judge", "model.onnx", "Curation", "ModelPath", "")]
    [InlineData("cxr-tiny-generator", "unet/model.onnx", "Diffusion", "ModelPaths", ":0")]
    public async Task Start_ModelWithOneChangedByte_IsTheSameWrongSettingForCommandUpAndService(string name, string file, string service,
        string key, string index)
    {
        var model = _scratch["model"];
        Assert.Equal(0, (await SyncxrProcess.RunAsync("model", "export", name, model)).Code);
        var path = Path.Combine(model, file);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var setting = $"{service}:{key}{index}={model}";
        var command = await SyncxrProcess.RunAsync("dataset", "list", "--state", _scratch["new"], "--set", setting);
        var up = await SyncxrProcess.RunAsync("up", "--port", "0", "--state", _scratch["new"], "--set", setting);
        await using var process = SyncxrProcess.StartService(service, $"--Mesh:Port={TestPort.Reserve()}",
            $"--Mesh:JsonPort={TestPort.Reserve()}", $"--Storage:Root={_scratch["new"]}", $"--{setting}");
        var alone = (Code: await process.WaitForExitAsync(), process.Output, process.Error);

        var line = $"error: {service}:{key}: {path}: has another SHA-256 than SHA256SUMS says";
        foreach (var (code, output, error) in new[] { command, up, alone })
        {
            Assert.True(code == 2, $"exit {code}\n{output}{error}");
            Assert.Equal(line, Assert.Single(Lines(error), l => l.StartsWith("error: ", StringComparison.Ordinal)).Replace(
                " [INVALID_FIELD]", "", StringComparison.Ordinal));
            Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
        }
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

    public static TheoryData<string, string> EmptyValues => new()
    {
        { "model verify {empty}", "name: is empty. Give a name." },
        { "model export {empty} {none}", "name: is empty. Give a name." },
        { "model export cxr-tiny-judge {empty}", "into: is empty. Give a folder." },
        { "model report {empty} --data {folder}", "name: is empty. Give a name." },
        { "model report cxr-tiny-generator --data {empty}", "--data: is empty. Give a folder." },
        { "evaluate --data {empty}", "--data: is empty. Give a folder." },
        { "evaluate --data {folder} --labels {empty}", "--labels: is empty. Give a file." },
        { "evaluate --data {folder} --spec {empty}", "--spec: is empty. Give a file." },
        { "train --recipe convirt --layout folders --name m --data {empty}", "--data: is empty. Give a folder." },
        { "train --recipe convirt --layout folders --name m --data {folder} --validation {empty}",
            "--validation: is empty. Give a folder." },
        { "train --recipe convirt --layout folders --name {empty} --data {folder}", "--name: is empty. Give a name." },
        { "dataset list --mesh {empty}", "--mesh: is empty. Give a value." },
        { "dataset list --state {empty}", "--state: is empty. Give a folder." },
        { "dataset get {empty}", "name: is empty. Give a name." },
        { "dataset create -f {empty}", "--file: is empty. Give a file." },
        { "vocabulary build {empty}", "folder: is empty. Give a folder." },
        { "mesh up --programs {empty}", "--programs: is empty. Give a folder." },
        { "evaluate --data=", "--data: is empty. Give a folder." },
        { "dataset list --set", "--set: is empty. Give a value." },
        { "demo --out", "--out: is empty. Give a folder." },
    };

    [Theory]
    [MemberData(nameof(EmptyValues))]
    public async Task Command_EmptyValue_IsRefusedByTheNameOfTheOption(string command, string said) =>
        await AssertRefusedAsync(command, said);

    [Theory]
    [InlineData("demo --seed -1", "--seed: '-1' is not a whole number from 0 to 18446744073709551615")]
    [InlineData("demo --pairs x", "--pairs: 'x' is not a whole number")]
    [InlineData("demo --pairs 99999999999999999999", "--pairs: '99999999999999999999' is too large")]
    [InlineData("generate image --prompt x --steps 99999999999", "--steps: '99999999999' is too large")]
    [InlineData("generate image --prompt x --guidance high", "--guidance: 'high' is not a number")]
    [InlineData("generate image --prompt x --seeds 1,x", "--seeds: 'x' is no seed")]
    [InlineData("train --recipe convirt --layout folders --data {folder} --name m --weight heavy", "--weight: 'heavy' is not a number")]
    [InlineData("dataset replay {folder} abc", "index: 'abc' is not a whole number")]
    public async Task Command_ValueOfAnotherType_IsSaidWithoutTypesOfDotNet(string command, string said) =>
        await AssertRefusedAsync(command, said);

    [Theory]
    [InlineData("train --recipe quality-judge --data {folder} --name m --weight 3", "--weight: has no effect")]
    [InlineData("train --recipe quality-judge --data {folder} --name m --share 0.5", "--share: has no effect")]
    [InlineData("train --recipe latent-diffusion --data {folder} --name m --layout folders", "--layout: has no effect")]
    [InlineData("train --recipe latent-diffusion --data {folder} --name m --frozen y", "--frozen: has no effect")]
    [InlineData("train --recipe convirt --data {folder} --name m", "--layout: is missing")]
    [InlineData("train --recipe gloria --layout folders --data {folder} --name m --epochs 1 --steps 1", "--epochs: has no effect")]
    [InlineData("evaluate --task segmentation --data {folder} --against x", "--against: has no effect")]
    [InlineData("evaluate --task grounding --data {folder} --other x", "--other: has no effect")]
    [InlineData("evaluate --data {folder} --other-labels x", "--other-labels: has no effect")]
    [InlineData("up --mesh http://127.0.0.1:1", "--mesh: has no effect")]
    [InlineData("up --token-file {quoted}", "--token-file: has no effect")]
    [InlineData("dataset list --state {new} --ca-file {quoted}", "--ca-file: has no effect")]
    [InlineData("generate image --prompt x --seed 1 --seeds 1,2", "--seed: has no effect")]
    [InlineData("generate image --prompt x --strength 0.5", "--strength: has no effect")]
    [InlineData("generate image --prompt x --mask {quoted}", "--mask: has no effect")]
    [InlineData("mesh up --servers {none}", "--servers: has no effect")]
    [InlineData("mesh up --mesh http://127.0.0.1:1", "--mesh: has no effect")]
    [InlineData("mesh status --set A:B=1", "--set: has no effect")]
    [InlineData("dataset verify {folder} --mesh http://127.0.0.1:1", "--mesh: has no effect")]
    [InlineData("dataset create -f {quoted} --validate-only --watch", "--watch: has no effect")]
    [InlineData("model verify cxr-tiny-judge --set A:B=1", "--set: has no effect")]
    [InlineData("vocabulary build {folder} --out {new} --mesh http://127.0.0.1:1", "--mesh: has no effect")]
    public async Task Command_OptionWithoutEffect_IsRefusedByItsName(string command, string said) =>
        await AssertRefusedAsync(command, said);

    [Theory]
    [InlineData("dataset list --state {new} --limit -1", "--limit: ")]
    [InlineData("training list --state {new} --limit -1", "--limit: ")]
    [InlineData("train --state {new} --recipe quality-judge --data {none} --name m", "--data")]
    [InlineData("train --state {new} --recipe quality-judge --data {folder} --name Upper", "--name: ")]
    [InlineData("train --state {new} --recipe quality-judge --data {folder} --name m --preset nope", "--preset: ")]
    [InlineData("evaluate --state {new} --model nope --data {folder}", "--model: ")]
    [InlineData("generate image --state {new} --prompt x --steps 0 --out {new}.png", "--steps: ")]
    [InlineData("generate image --state {new} --prompt x --seeds 1,1 --out {new}.png", "--seeds: The seed 1 is")]
    [InlineData("generate image --state {new} --prompt x --image {quoted} --out {new}.png",
        "--image: The model 'cxr-tiny-generator' has no vae_encoder")]
    public async Task Command_FieldThatTheMeshRefuses_IsSaidAsItsOption(string command, string said) =>
        await AssertRefusedAsync(command, said);

    private async Task AssertRefusedAsync(string command, string said)
    {
        await using var process = SyncxrProcess.StartCommand([.. FillPlaceholders(command, 1), "--json"]);

        var code = await process.WaitForExitAsync();

        Assert.True(code == BadInput, $"exit {code}\n{process.Output}\n{process.Error}");
        var line = Assert.Single(Lines(process.Error), l => l.StartsWith("error: ", StringComparison.Ordinal));
        Assert.StartsWith("error: " + said, line, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", line, StringComparison.Ordinal);
        Assert.DoesNotContain("spec.", line, StringComparison.Ordinal);
        var error = JsonDocument.Parse(Lines(process.Output)[^1]).RootElement.GetProperty("error");
        Assert.Equal("INVALID_FIELD", error.GetProperty("reason").GetString());
        var field = Assert.Single(error.GetProperty("fields").EnumerateArray()).GetString();
        Assert.StartsWith(said.Split(':')[0], field, StringComparison.Ordinal);
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
        var free = TestPort.Reserve().ToString(CultureInfo.InvariantCulture);
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
