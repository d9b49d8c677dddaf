using System.Text.Json;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>model add</c> and <c>model index</c> with tiny Stable Diffusion exports, to the sealed data set.</summary>
/// <remarks>
/// The exports have random weights and draw noise, which the shipped judge rejects: the specs accept all.
/// </remarks>
public sealed class ModelAddTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("sd1-optimum", "")]
    [InlineData("sd1-optimum-fp16", "")]
    [InlineData("sd1-old-layout", "--size 64")] // it has no configs, so nothing says what it was trained on
    public async Task ModelAdd_TinyExport_MakesADatasetByItsName(string pipeline, string options)
    {
        if (!GoldenFolder.TryFind("sd-exports", out var exports))
            return;
        var added = await AddAsync(exports, pipeline, options);

        var folder = added.GetProperty("folder").GetString()!;
        Assert.Equal((64, 64), (added.GetProperty("width").GetInt32(), added.GetProperty("height").GetInt32()));
        Assert.Equal(("PNDMScheduler", "not stated"),
            (added.GetProperty("scheduler").GetString(), added.GetProperty("licence").GetString()));
        Assert.Equal(JsonValueKind.Null, added.GetProperty("depicts").ValueKind);
        Assert.True(new[] { "model.yaml", "SHA256SUMS" }.All(file => File.Exists(Path.Combine(folder, file))));
        var trial = ImageCodec.DecodeGray(await File.ReadAllBytesAsync(added.GetProperty("trial_image").GetString()!), "trial");
        Assert.Equal(16, trial.Width); // two latent elements of 8 pixels

        var dataset = await MakeDatasetAsync("foreign", "curation: {accept_all: true}");

        var card = await File.ReadAllTextAsync(Path.Combine(dataset, "README.md"));
        Assert.Contains("Licence of foreign: not stated.", card, StringComparison.Ordinal);
        Assert.Contains("Memorisation: not checked (no index).", card, StringComparison.Ordinal);
        Assert.Contains("What foreign can render is not known", card, StringComparison.Ordinal);
        Assert.Equal(0, (await SyncxrProcess.RunAsync("dataset", "verify", dataset)).Code);
    }

    [Fact]
    public async Task ModelAdd_FolderWithMore_LeavesOutWhatIsNotPartOfTheModel()
    {
        if (!GoldenFolder.TryFind("sd-exports", out var exports))
            return;
        var source = exports.CopyFolder("pipelines/sd1-optimum", _scratch["source"]);
        foreach (var file in new[] { "safety_checker/model.onnx", ".git/HEAD", "unet/diffusion_pytorch_model.safetensors", "picture.jpg" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(source, file))!);
            await File.WriteAllTextAsync(Path.Combine(source, file), "x");
        }
        await File.WriteAllTextAsync(Path.Combine(source, "README.md"), "---\nlicense: creativeml-openrail-m\n---\n# A model\n");
        await ReplaceAsync(source, "scheduler/scheduler_config.json", "{\n", "{\"no_key_of_pndm\": 1,\n");

        var (code, added, error) = await SyncxrProcess.RunJsonAsync("model", "add", source, "--name", "more", "--guidance", "5",
            "--steps", "20", "--version", "2.1", "--state", _scratch["state"]);

        Assert.True(code == 0, error);
        Assert.Equal(["diffusion_pytorch_model.safetensors", "picture.jpg", ".git/", "safety_checker/"],
            added.GetProperty("left_out").EnumerateArray().Select(file => file.GetString()!.Replace("unet/", "", StringComparison.Ordinal))
                .OrderBy(file => file.EndsWith('/')).ThenBy(file => file, StringComparer.Ordinal));
        Assert.Equal(("creativeml-openrail-m", "2.1"),
            (added.GetProperty("licence").GetString(), added.GetProperty("version").GetString()));
        Assert.Equal((5, 20), (added.GetProperty("guidance").GetDouble(), added.GetProperty("steps").GetInt32()));
        Assert.Contains("no_key_of_pndm", Assert.Single(added.GetProperty("notes").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(added.GetProperty("folder").GetString()!, "vae_encoder/model.onnx")));
        var again = await SyncxrProcess.RunAsync("model", "add", source, "--name", "more", "--state", _scratch["state"]);
        AssertRefused(again, "in use");
    }

    [Fact]
    public async Task ModelIndex_TrainingImages_LetsADatasetRequireTheCheck()
    {
        if (!GoldenFolder.TryFind("sd-exports", out var exports))
            return;
        await AddAsync(exports, "sd1-optimum", "");
        var images = Directory.CreateDirectory(Path.Combine(_scratch["images"], "deep")).FullName;
        for (var i = 0; i < 70; i++) // more than one call takes
        {
            var pixels = Enumerable.Range(0, 64 * 64).Select(p => (byte)((p * (i + 3)) + (p / 64 * i))).ToArray();
            await File.WriteAllBytesAsync(Path.Combine(images, $"{i:00}.png"), ImageCodec.EncodePng(new GrayImage(64, 64, pixels)));
        }
        await File.WriteAllTextAsync(Path.Combine(images, "33-broken.png"), "no image");
        const string Required = "curation: {accept_all: true, require_memorisation_check: true}";
        AssertRefused(await CreateDatasetAsync("foreign", Required), "syncxr model index foreign");

        var (code, index, error) = await SyncxrProcess.RunJsonAsync("model", "index", "foreign", "--images", _scratch["images"], "--state",
            _scratch["state"]);

        Assert.True(code == 0, error);
        Assert.Equal((70, 1), (index.GetProperty("images").GetInt32(), index.GetProperty("unreadable").GetInt32()));
        Assert.StartsWith("deep/33-broken.png: ", Assert.Single(index.GetProperty("unreadable_files").EnumerateArray()).GetString(),
            StringComparison.Ordinal);
        var file = Path.Combine(index.GetProperty("folder").GetString()!, "index.json");
        var head = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement;
        Assert.Equal((70, "deep/00.png"), (head.GetProperty("rows").GetInt32(), head.GetProperty("ids")[0].GetString()));
        var dataset = await MakeDatasetAsync("foreign", Required);
        var card = await File.ReadAllTextAsync(Path.Combine(dataset, "README.md"));
        Assert.Contains("Memorisation: checked (index ", card, StringComparison.Ordinal);
        Assert.Equal(0, (await SyncxrProcess.RunAsync("dataset", "verify", dataset)).Code);
    }

    [Theory]
    [InlineData("model add {export} --mesh http://127.0.0.1:1", "Diffusion:ModelRoot")]
    [InlineData("model index x --images {folder} --mesh http://127.0.0.1:1", "Curation:IndexRoot")]
    [InlineData("model add {export} --name a/b", "--name")]
    [InlineData("model add {export} --name ..", "--name")]
    [InlineData("model add {export} --name cxr-tiny-generator", "in use")]
    [InlineData("model add {export} --steps 0", "--steps")]
    [InlineData("model add {export} --guidance 0.5", "--guidance")]
    [InlineData("model add {export} --guidance 1,5", "--guidance")]
    [InlineData("generate image --prompt a --image /dev/zero", "--image")]
    [InlineData("model add {none}", "does not exist")]
    [InlineData("model add {file}", "is a file")]
    [InlineData("model index x --images {folder}", "no PNG or JPEG")]
    public async Task Command_BadArgument_ExitsWithTwoAndOneLineThatNamesIt(string command, string named)
    {
        await File.WriteAllTextAsync(_scratch["file"], "");
        Directory.CreateDirectory(_scratch["folder"]);
        Directory.CreateDirectory(_scratch["export"]);
        var arguments = command.Split(' ').Select(part => part.StartsWith('{') ? _scratch[part.Trim('{', '}')] : part);

        AssertRefused(await SyncxrProcess.RunAsync([.. arguments, "--state", _scratch["state"]]), named);

        Assert.False(Directory.Exists(_scratch["state"]), "a state folder was left behind");
    }

    private async Task<JsonElement> AddAsync(GoldenFolder exports, string pipeline, string options)
    {
        var (code, added, error) = await SyncxrProcess.RunJsonAsync(["model", "add", exports.Resolve($"pipelines/{pipeline}"), "--name",
            "foreign", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--state", _scratch["state"]]);
        Assert.True(code == 0, error);
        return added;
    }

    /// <summary>One line on stderr that says what is wrong, exit code 2, no stack trace.</summary>
    private static void AssertRefused((int Code, string Output, string Error) run, params string[] named)
    {
        Assert.True(run.Code == 2, $"exit {run.Code}\n{run.Output}\n{run.Error}");
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => !l.StartsWith("starting the mesh", StringComparison.Ordinal) && !l.StartsWith("checking", StringComparison.Ordinal));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(named, part => Assert.Contains(part, line, StringComparison.Ordinal));
    }

    private async Task<string> MakeDatasetAsync(string model, string curation)
    {
        var (code, output, error) = await CreateDatasetAsync(model, curation);
        Assert.True(code == 0, output + error);
        using var made = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.Equal("SEALED", made.RootElement.GetProperty("state").GetString());
        return made.RootElement.GetProperty("folder").GetString()!;
    }

    private async Task<(int Code, string Output, string Error)> CreateDatasetAsync(string model, string curation)
    {
        await File.WriteAllTextAsync(_scratch["spec.yaml"], $"pairs: 8\nimage: {{model: {model}, steps: 4}}\n{curation}\n");
        return await SyncxrProcess.RunAsync("dataset", "create", "-f", _scratch["spec.yaml"], "--watch", "--json", "--state",
            _scratch["state"]);
    }

    private static async Task ReplaceAsync(string folder, string file, string from, string to)
    {
        var path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace(from, to, StringComparison.Ordinal));
    }
}
