using Google.Protobuf;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.Judging.LlamaSharp;
using SynCxr.Mesh.Curation.Tests.Judging.Chat;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging.LlamaSharp;

public sealed class LlamaJudgeTests
{
    /// <summary>The small model understands nothing: what it says is no answer, and the verdict says so.</summary>
    [GoldenFact("tiny-vision-gguf")]
    public async Task AssessImage_ModelThatTellsStories_IsInconclusiveEachTimeTheSame()
    {
        if (!GoldenFolder.TryFind("tiny-vision-gguf", out var folder)
            || !GoldenFolder.TryFind("tiny-llama-stories260k", out var texts))
            return;
        await using var host = await ChatJudgeHost.StartWithAsync(
            $"--Curation:LlamaSharp:ModelPath={texts.Resolve("stories260K.gguf")}",
            $"--Curation:LlamaSharp:ProjectorPath={folder.Resolve("mmproj-tiny-llava.gguf")}", "--Curation:LlamaSharp:PlainTurns=true",
            "--Curation:LlamaSharp:ContextSize=512", "--Curation:LlamaSharp:MaxTokens=16", "--Curation:LlamaSharp:Threads=1");
        var request = new AssessImageRequest
        {
            Image = new ImageSource { Content = ByteString.CopyFrom(ImageCodec.EncodePng(TestImages.Waves(64, 64, 3))) },
            Model = "llamasharp",
        };

        var verdict = (await host.Client.AssessImageAsync(request)).Verdict;
        var again = (await host.Client.AssessImageAsync(request)).Verdict;

        Assert.Equal(JudgeQuestions.All.Select(q => $"inconclusive:{q.Name}").Order(StringComparer.Ordinal), verdict.Reasons);
        Assert.All(verdict.Answers, a => Assert.Contains("was cut at the limit of 16 tokens", a.Said, StringComparison.Ordinal));
        Assert.Equal(verdict, again);
        Assert.Equal(("llamasharp", "stories260K"), (verdict.Judge.Engine, verdict.Judge.Version));
    }

    [GoldenFact("tiny-vision-gguf")]
    public async Task Answer_NoRoomOrCancelled_SaysSo()
    {
        if (!GoldenFolder.TryFind("tiny-vision-gguf", out var folder)
            || !GoldenFolder.TryFind("tiny-llama-stories260k", out var texts))
            return;
        await using var model = LlamaVisionGoldenTests.Load(folder, texts, maxTokens: 32);
        var picture = new RasterImage(56, 56, 1, new byte[56 * 56]);

        var full = model.Answer("<__media__>" + string.Concat(Enumerable.Repeat("once upon ", 400)), [picture], default);

        Assert.Equal(AnswerFaultNames.Context, full.Piece.Fault?.Name);
        Assert.Throws<OperationCanceledException>(() => model.Answer("<__media__>The", [picture], new CancellationToken(canceled: true)));
    }

    [GoldenFact("tiny-vision-gguf")]
    public void Load_FilesThatAreNone_AreNamed()
    {
        if (!GoldenFolder.TryFind("tiny-vision-gguf", out var folder)
            || !GoldenFolder.TryFind("tiny-llama-stories260k", out var texts))
            return;
        var (model, projector) = (texts.Resolve("stories260K.gguf"), folder.Resolve("mmproj-tiny-llava.gguf"));

        Assert.Contains("golden.json' is no GGUF file", MessageOf(folder.Resolve("golden.json"), projector), StringComparison.Ordinal);
        Assert.Contains("golden.json' is no projector", MessageOf(model, folder.Resolve("golden.json")), StringComparison.Ordinal);
        Assert.Contains("stories260K.gguf' is no projector", MessageOf(model, model), StringComparison.Ordinal);
        Assert.Contains("no chat template", MessageOf(model, projector), StringComparison.Ordinal);

        static string MessageOf(string model, string projector) => Assert.Throws<InvalidDataException>(() => LlamaVisionModel.Load(
            new LlamaJudgeOptions { ModelPath = model, ProjectorPath = projector, ContextSize = 512, Threads = 1 }, "digests",
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)).Message;
    }
}
