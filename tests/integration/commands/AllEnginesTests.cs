using System.Globalization;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Chat;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>
/// One spec that names an engine of its own for every step, each added by <c>model add</c>: a GGUF writer held by its grammar, a token
/// classifier beside the lexicon, a Stable Diffusion export, a vision judge behind a server, an image encoder and a bank on its features.
/// </summary>
public sealed class AllEnginesTests : IDisposable
{
    /// <summary>Sentences with entities whose polarity the tiny classifier knows; the vocabulary is made of them.</summary>
    private static readonly string[] _sentences =
    [
        "There is atelectasis.", "There is consolidation.", "There is volume loss.", "Findings are consistent with emphysema.",
        "There is no consolidation.", "There is no pneumothorax.", "Negative for pneumonia.", "The lingula is unchanged.",
        "The aortic arch is unchanged.", "The mediastinum is unchanged.",
    ];

    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task DatasetCreate_AnEngineForEachStep_SealsVerifiesAndReplays()
    {
        if (!(GoldenFolder.TryFind("smollm2-135m", out var writer) && GoldenFolder.TryFind("ner-exports", out var taggers)
            && GoldenFolder.TryFind("sd-exports", out var generators) && GoldenFolder.TryFind("encoder-exports", out var encoders)))
            return;
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamText("YES"));
        await RunAsync("model", "add", writer.Resolve("SmolLM2-135M-Instruct.Q4_1.gguf"), "--name", "writer");
        await RunAsync("model", "add", taggers.Resolve("deberta-v3"), "--name", "tagger");
        await RunAsync("model", "add", generators.Resolve("pipelines/sd1-optimum"), "--name", "generator");
        await RunAsync("model", "add", encoders.Resolve("rad-dino-tiny"), "--name", "encoder");
        await RunAsync("bank", "build", "bad", "--images", WritePictures(), "--embedding", "encoder");
        await RunAsync("vocabulary", "build", WriteReports(), "--name", "known", "--out", _scratch["vocabulary"]);
        await File.WriteAllTextAsync(_scratch["spec.yaml"], """
            pairs: 2
            seed: 5
            max_attempts: 50
            draw: {vocabulary: vocabularies/known, findings_per_set: 1, anatomy_per_set: 1}
            report: {model: llamasharp, checks: [lexicon, ner], matching: lenient}
            image: {model: generator, steps: 2, width: 64, height: 64}
            curation: {model: openai, embedding: encoder, bank: bad}
            """);

        string[] settings =
        [
            "Report:LlamaSharp:ModelPath=writer", "Report:LlamaSharp:Grammar=frames", "Report:LlamaSharp:Threads=1",
            "Report:Ner:Model=tagger", "Report:Ner:Unlinked=ignore", $"Curation:OpenAi:Endpoint={server.Endpoint}",
            "Curation:OpenAi:Model=scripted",
        ];

        await RunAsync(["dataset", "create", "-f", _scratch["spec.yaml"], "--watch", .. settings.SelectMany(s => new[] { "--set", s })]);

        var folder = Assert.Single(Directory.GetDirectories(_scratch["state/datasets"]));
        await RunAsync("dataset", "verify", folder);
        await RunAsync("dataset", "replay", folder, "1");
        var card = await File.ReadAllTextAsync(Path.Combine(folder, "README.md"));
        Assert.All(["llamasharp", "tagger", "generator", "scripted", "encoder", "bad"],
            engine => Assert.Contains(engine, card, StringComparison.Ordinal));
    }

    private async Task RunAsync(params string[] command)
    {
        var (code, output, error) = await SyncxrProcess.RunAsync([.. command, "--state", _scratch["state"]]);
        Assert.True(code == 0, string.Join(' ', command) + "\n" + output + error);
    }

    private string WriteReports()
    {
        var folder = Directory.CreateDirectory(_scratch["reports"]).FullName;
        foreach (var (sentence, i) in _sentences.Concat(_sentences).Select((s, i) => (s, i)))
            File.WriteAllText(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.txt")), "FINDINGS: " + sentence);
        return folder;
    }

    private string WritePictures()
    {
        var folder = Directory.CreateDirectory(_scratch["bad"]).FullName;
        for (var i = 0; i < 8; i++)
        {
            var pixels = Enumerable.Range(0, 64 * 64).Select(p => (byte)(p * (i + 1))).ToArray();
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.png")),
                ImageCodec.EncodePng(new GrayImage(64, 64, pixels)));
        }

        return folder;
    }
}
