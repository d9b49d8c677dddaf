using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Alignment;

/// <summary>How near an image is to its report, asked of the service, with the image-text models that ship.</summary>
public sealed class AlignmentServiceTests(CurationHostFixture process) : IClassFixture<CurationHostFixture>
{
    private const string Model = "cxr-tiny-convirt-real", Other = "cxr-tiny-convirt-synthetic";
    private const string Impression = "No pneumonia.", Findings = "The lungs are clear. The heart is normal.";
    private static readonly string _shipped = Path.Combine(AppContext.BaseDirectory, "models", Model);

    [Fact]
    public async Task AssessImage_WithoutThreshold_RecordsTheCosineAndDecidesNothing()
    {
        var plain = (await process.Client.AssessImageAsync(new AssessImageRequest { Image = Waves(5) })).Verdict;
        var found = (await process.Client.AssessImageAsync(Ask(null, Impression, Findings))).Verdict;
        var again = (await process.Client.AssessImageAsync(Ask(null, Impression, Findings))).Verdict;

        Assert.Null(plain.Alignment);
        Assert.Equal((Model, ModelFolder.Open(_shipped).Digest, "onnx-alignment"),
            (found.Alignment.Model.Model, found.Alignment.Model.Digest, found.Alignment.Model.Engine));
        Assert.Equal((false, false, false), (found.Alignment.HasThreshold, found.Alignment.Refused, found.Alignment.Truncated));
        Assert.InRange(found.Alignment.Similarity, -0.9999, 0.9999);
        Assert.Equal(found.Alignment, again.Alignment);
        found.Alignment = null;
        Assert.Equal(plain, found); // nothing else of the verdict changes
    }

    [Fact]
    public async Task AssessImage_BelowItsThreshold_IsRejectedForItAndAtItIsNot()
    {
        var cosine = (await process.Client.AssessImageAsync(Ask(null, Impression))).Verdict.Alignment.Similarity;
        var at = (await process.Client.AssessImageAsync(Ask(cosine, Impression))).Verdict;
        var above = (await process.Client.AssessImageAsync(Ask(Math.BitIncrement(cosine), Impression))).Verdict;

        Assert.Equal((cosine, false), (at.Alignment.Threshold, at.Alignment.Refused));
        Assert.DoesNotContain("misaligned", at.Reasons);
        Assert.True(above.Alignment.Refused);
        Assert.False(above.Accepted);
        Assert.Equal(at.Reasons.Append("misaligned").Order(StringComparer.Ordinal), above.Reasons);
    }

    [Fact]
    public async Task AssessImage_Texts_AreEncodedAloneAndTheirOrderChangesNothing()
    {
        var one = (await process.Client.AssessImageAsync(Ask(null, Impression))).Verdict.Alignment.Similarity;
        var both = (await process.Client.AssessImageAsync(Ask(null, Impression, Findings))).Verdict.Alignment.Similarity;
        var turned = (await process.Client.AssessImageAsync(Ask(null, Findings, Impression))).Verdict.Alignment.Similarity;
        var twice = (await process.Client.AssessImageAsync(Ask(null, Impression, Impression))).Verdict.Alignment.Similarity;

        Assert.Equal(both, turned);
        Assert.Equal(one, twice, 1e-7);
        Assert.True(Math.Abs(one - both) > 1e-4, $"FINDINGS change nothing: {one} and {both}");
    }

    [Fact]
    public async Task AssessImage_TextLongerThanTheModelReads_IsCutAndTheVerdictSaysSo()
    {
        var sentence = string.Join(' ', Enumerable.Repeat("The lungs are clear.", 12)); // 60 pieces; the model reads 48
        var cut = (await process.Client.AssessImageAsync(Ask(null, sentence))).Verdict.Alignment;
        var longer = (await process.Client.AssessImageAsync(Ask(null, sentence + " No pneumonia."))).Verdict.Alignment;

        Assert.True(cut.Truncated);
        Assert.Equal(cut.Similarity, longer.Similarity);
    }

    [Fact]
    public async Task AssessImage_WhatCannotBeCompared_IsRefusedByFieldAndValue()
    {
        Copy("broken", folder => File.Delete(Path.Combine(folder, "text_encoder", "model.onnx")));
        Copy("one-sided", folder =>
        {
            File.Delete(Path.Combine(folder, "text_encoder", "model.onnx"));
            ModelFolder.WriteSums(folder);
        });
        Copy("no-tokenizer", folder =>
        {
            Directory.Delete(Path.Combine(folder, "tokenizer"), recursive: true);
            ModelFolder.WriteSums(folder);
        });
        Copy("swapped", folder =>
        {
            var (image, text) = (Path.Combine(folder, "image_encoder", "model.onnx"), Path.Combine(folder, "text_encoder", "model.onnx"));
            File.Copy(image, text, overwrite: true);
            ModelFolder.WriteSums(folder);
        });
        CopyOf("cxr-tiny-judge", "a-judge");
        CopyOf(Other, Other);
        AssessImageRequest Of(string model) => Ask(null, [Impression], model);

        await AssertRefusedAsync("alignment.model.name", "Unknown image-text model 'nobody'", Of("nobody"));
        await AssertRefusedAsync("alignment.model.name", "broken, ", Of("nobody")); // says which it has
        await AssertRefusedAsync("alignment.model.name", "'a-judge' is a model of the kind quality-judge", Of("a-judge"));
        await AssertRefusedAsync("alignment.model.name", "must be given", Of(""));
        await AssertRefusedAsync("alignment.model.name", "broken/text_encoder/model.onnx: is missing", Of("broken"));
        await AssertRefusedAsync("alignment.model.name", "one-sided/text_encoder/model.onnx: is missing", Of("one-sided"));
        await AssertRefusedAsync("alignment.model.name", "no-tokenizer/tokenizer", Of("no-tokenizer"));
        await AssertRefusedAsync("alignment.model.name", "swapped/text_encoder/model.onnx", Of("swapped"));
        await AssertRefusedAsync("alignment.model.name", "give that one another name", Of(Other)); // a shipped one and a copy
        Directory.Delete(process.EncoderRoot, recursive: true);
        await AssertRefusedAsync("alignment.threshold", "is 1.5; -1 to 1", Ask(1.5, Impression));
        await AssertRefusedAsync("alignment.threshold", "is NaN", Ask(double.NaN, Impression));
        await AssertRefusedAsync("alignment.threshold", "is -1.0000001", Ask(-1.0000001, Impression));
        await AssertRefusedAsync("alignment.texts", "1 to 4 texts, not 0", Ask(null));
        await AssertRefusedAsync("alignment.texts", "not 5", Ask(null, "a", "b", "c", "d", "e"));
        await AssertRefusedAsync("alignment.texts", "no word", Ask(null, Impression, " \n"));
        await AssertRefusedAsync("alignment.texts", "no word that the model knows: '肺炎'", Ask(null, "肺炎"));
        await AssertRefusedAsync("alignment.texts", "no word that the model knows: '[PAD] [MASK]'", Ask(null, "[PAD] [MASK]"));
        await AssertRefusedAsync("alignment.texts", "20001", Ask(null, new string('a', 20_001)));
        var pinned = Ask(null, Impression);
        pinned.Alignment.Model.Digest = new string('a', 64);
        var other = await Assert.ThrowsAsync<RpcException>(async () => await process.Client.AssessImageAsync(pinned));
        Assert.Equal(StatusCode.FailedPrecondition, other.StatusCode);
        var text = Ask(null, Impression);
        text.Image = new ImageSource { Content = ByteString.CopyFromUtf8("no picture") };
        await AssertRefusedAsync("image.content", "", text);
    }

    [Fact]
    public async Task ListModels_ImageTextModel_IsLoadedAndItsExamplesAreAnswered()
    {
        var plain = await process.Client.ListModelsAsync(new ListModelsRequest());
        var listed = plain.Models.Where(model => model.Kind == ModelKind.VisionLanguage).ToList();
        var digest = listed.Single(model => model.Name == Model).Digest;
        var path = WriteExamples(digest, "[0.5, 0.25]", "[-0.5]");
        var found = await process.Client.ListModelsAsync(new ListModelsRequest { Alignment = Model });
        File.WriteAllText(path, File.ReadAllText(path).Replace("0.25", "2.5", StringComparison.Ordinal));
        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.ListModelsAsync(new ListModelsRequest { Alignment = Model }));
        File.Delete(path);

        Assert.Equal([Model, Other], listed.Select(model => model.Name));
        Assert.Equal(("onnx-alignment", true, 1), (listed[0].Engine, listed[0].Deterministic, listed[0].TrainedOn.Count));
        Assert.Null(plain.AlignmentExamples);
        Assert.Equal(([0.5, 0.25], [-0.5]), (found.AlignmentExamples.Matched, found.AlignmentExamples.Shuffled));
        Assert.Contains($"{digest}.json: matched[1]: must be a number from -1 to 1", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private string WriteExamples(string digest, string matched, string shuffled)
    {
        Directory.CreateDirectory(process.AlignmentRoot);
        var path = Path.Combine(process.AlignmentRoot, $"{digest}.json");
        File.WriteAllText(path, $$"""
            {"model": "m", "model_digest": "{{digest}}", "data_digest": "d", "matched": {{matched}}, "shuffled": {{shuffled}}}
            """);
        return path;
    }

    private async Task AssertRefusedAsync(string field, string part, AssessImageRequest request)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await process.Client.AssessImageAsync(request));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains(field, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(process.EncoderRoot, refusal.Status.Detail, StringComparison.Ordinal);
    }

    private string Copy(string name, Action<string> change) => CopyOf(Model, name, change);

    private string CopyOf(string shipped, string name, Action<string>? change = null)
    {
        var (from, to) = (Path.Combine(AppContext.BaseDirectory, "models", shipped), Path.Combine(process.EncoderRoot, name));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        change?.Invoke(to);
        return to;
    }

    private static AssessImageRequest Ask(double? threshold, params string[] texts) => Ask(threshold, texts, Model);

    private static AssessImageRequest Ask(double? threshold, string[] texts, string model)
    {
        var question = new AlignmentQuestion { Model = new PinnedName { Name = model }, Texts = { texts } };
        if (threshold is { } cosine)
            question.Threshold = cosine;
        return new AssessImageRequest { Image = Waves(5), Alignment = question };
    }

    private static ImageSource Waves(int seed) =>
        new() { Content = ByteString.CopyFrom(ImageCodec.EncodePng(TestImages.Waves(80, 72, seed))) };
}
