using SynCxr.Mesh.Models;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models;

public sealed class ModelFolderTests : IDisposable
{
    private const string Judge = """
        name: cxr-tiny-judge
        version: 1
        kind: quality-judge
        licence: CC BY 4.0
        attribution: [Kermany 2018]
        recipe: quality-judge
        preset: tiny
        seed: 18446744073709551615
        trained_on: [{source: kermany-cxr-224/train, images: 4179, digest: abc}]
        figures: {auc: 0.99, steps: 2000}
        limits: [children only]
        judge:
          input_size: 64
          embedding: 128
          heads: [{question: is_chest_xray, trained: true, threshold: 0.5}, {question: is_human, trained: false, threshold: 0.5}]
          bad_similarity: 0.97
          near_duplicate: 0.995
          memorised: 0.995
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("model").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_JudgeOfTheBrief_ReadsEveryKey()
    {
        var model = Open(Judge);
        Assert.Equal("1", model.Card.Version);
        Assert.Equal(ulong.MaxValue, model.Card.Seed);
        Assert.Equal(4179, Assert.Single(model.Card.TrainedOn).Images);
        Assert.Equal(0.99, model.Card.Figures["auc"]);
        Assert.Equal(["is_chest_xray", "is_human"], model.Card.Judge!.Heads.Select(h => h.Question));
        Assert.False(model.Card.Judge.Heads[1].Trained);
        Assert.Equal(0.97, model.Card.Judge.BadSimilarity);
    }

    [Fact]
    public void Open_GeneratorOfTheBrief_ReadsEveryKey()
    {
        var card = Open("""
            name: cxr-tiny-generator
            version: 1
            kind: latent-diffusion
            licence: CC BY 4.0
            depicts: [abnormality/consolidation]
            sources: [{name: kermany, native_size: 224, depicts: [abnormality/consolidation]}, {name: nih, native_size: 64, depicts: []}]
            defaults: {steps: 20, guidance: 3.0, scheduler: dpm-solver++, width: 64, height: 64, native_size: 224}
            """).Card;
        Assert.Equal(224, card.Sources[0].NativeSize);
        Assert.Equal("dpm-solver++", card.Defaults!.Scheduler);
        Assert.Equal(3.0, card.Defaults.Guidance);
    }

    [Theory]
    [InlineData("kind: quality-judge", "kind: oracle", "kind: must be one of")]
    [InlineData("input_size: 64", "input_size: 0", "judge.input_size")]
    [InlineData("threshold: 0.5}, {", "threshold: 7}, {", "judge.heads[0].threshold")]
    [InlineData("memorised: 0.995", "memorized: 0.995", "memorized")]
    [InlineData("name: cxr-tiny-judge", "name: ../judge", "name: must")]
    [InlineData("input_size: 64", "input_size: wide", "line 13")]
    public void Open_WrongCard_NamesTheFileAndTheKey(string right, string wrong, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => Open(Judge.Replace(right, wrong)));
        Assert.Contains("model.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutCard_SaysSo() =>
        Assert.Contains("no model.yaml", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(_folder)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Write_ThenRead_GivesTheSameCard()
    {
        var card = Open(Judge).Card;
        ModelCardFile.Write(Path.Combine(_folder, "copy.yaml"), card);
        var copy = ModelCardFile.Read(Path.Combine(_folder, "copy.yaml"));
        Assert.Equal(card.Judge!.Heads, copy.Judge!.Heads);
        Assert.Equal(card.Figures, copy.Figures);
        Assert.Equal((card.Judge.BadSimilarity, card.Judge.NearDuplicate, card.Judge.Memorised),
            (copy.Judge.BadSimilarity, copy.Judge.NearDuplicate, copy.Judge.Memorised));
        Assert.Equal((card.Name, card.Version, card.Seed, card.Licence), (copy.Name, copy.Version, copy.Seed, copy.Licence));
    }

    [Fact]
    public void Digest_FollowsNamesAndContentsButNotWhatIsForPeople()
    {
        var plain = Open(Judge).Digest;
        File.WriteAllText(Path.Combine(_folder, "README.md"), "for people");
        Assert.Equal(plain, ModelFolder.Open(_folder).Digest);
        Directory.CreateDirectory(Path.Combine(_folder, "unet"));
        File.WriteAllText(Path.Combine(_folder, "unet", "model.onnx"), "x");
        var more = ModelFolder.Open(_folder).Digest;
        Assert.NotEqual(plain, more);
        File.Move(Path.Combine(_folder, "unet", "model.onnx"), Path.Combine(_folder, "model.onnx"));
        Assert.NotEqual(more, ModelFolder.Open(_folder).Digest);
    }

    [Theory]
    [InlineData("changed", "unet/model.onnx: has another SHA-256")]
    [InlineData("deleted", "unet/model.onnx: is missing")]
    [InlineData("added", "unet/other.onnx: is not listed")]
    [InlineData("card", "model.yaml: has another SHA-256")]
    public void Open_NotAsItsSumsSay_NamesTheFile(string harm, string named)
    {
        var weights = Path.Combine(_folder, "unet", "model.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(weights)!);
        File.WriteAllText(weights, "weights");
        Assert.False(Open(Judge).HasSums);
        ModelFolder.WriteSums(_folder);
        File.WriteAllText(Path.Combine(_folder, "README.md"), "for people");
        Assert.True(ModelFolder.Open(_folder).HasSums);
        switch (harm)
        {
            case "changed": File.WriteAllText(weights, "weightz"); break;
            case "deleted": File.Delete(weights); break;
            case "added": File.WriteAllText(Path.Combine(_folder, "unet", "other.onnx"), ""); break;
            default: File.AppendAllText(Path.Combine(_folder, ModelFolder.CardFile), "# more"); break;
        }

        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => ModelFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HalfMatrix_WrittenAndRead_IsRoundedToFloat16()
    {
        var path = Path.Combine(_folder, "index.f16");
        new HalfMatrix(2, 3, [0.1f, -1, 0.5f, 0, 1, 65504]).Write(path);
        Assert.Equal(12, new FileInfo(path).Length);
        var matrix = HalfMatrix.Read(path, 2, 3);
        Assert.Equal([(float)(Half)0.1f, -1, 0.5f], matrix[0].ToArray());
        Assert.Equal([0, 1, 65504], matrix[1].ToArray());
        Assert.Contains("12 bytes", Assert.Throws<InvalidDataException>(() => HalfMatrix.Read(path, 3, 3)).Message,
            StringComparison.Ordinal);
    }

    private ModelFolder Open(string card)
    {
        File.WriteAllText(Path.Combine(_folder, ModelFolder.CardFile), card);
        return ModelFolder.Open(_folder);
    }
}
