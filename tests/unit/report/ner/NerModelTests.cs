using System.Text.Json.Nodes;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Ner;

/// <summary>Folders that can't be run are refused with file and key; labels of other names are mapped by a file.</summary>
public sealed class NerModelTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("id2label", """{"0": "O", "2": "B-DISEASE"}""", "config.json: id2label: has 2 labels and none with the id 1")]
    [InlineData("id2label", """{"0": "O", "1": "DISEASE"}""", "config.json: id2label.1: is 'DISEASE'; a label must be O")]
    [InlineData("id2label", """{"0": "O", "1": "B-ORGAN"}""", "config.json: id2label: has the type 'ORGAN', which is none of")]
    [InlineData("id2label", """{"0": "O", "1": "B-DISEASE"}""", "config.json: id2label: has 2 labels, and model.onnx gives 11")]
    [InlineData("id2label", null, "config.json: id2label: is missing")]
    [InlineData("architectures", """["BertModel"]""", "config.json: architectures: names no class that ends in ForTokenClassification")]
    [InlineData("vocab_size", "100", "config.json: vocab_size: must be above the highest id of the tokenizer")]
    [InlineData("max_position_embeddings", "1", "config.json: max_position_embeddings: must be a number from 3 on")]
    public void Load_ConfigThatCantBeRun_NamesFileAndKey(string key, string? value, string problem)
    {
        if (CopyModel() is not { } folder)
            return;
        var file = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config.Remove(key);
        if (value is not null)
            config[key] = JsonNode.Parse(value);
        File.WriteAllText(file, config.ToJsonString());
        Assert.Contains(problem, Refusal(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "config.json: is missing")]
    [InlineData("model.onnx", "model.onnx: is missing, and so is onnx/model.onnx")]
    public void Load_MissingFile_IsNamed(string file, string problem)
    {
        if (CopyModel() is not { } folder)
            return;
        File.Delete(Path.Combine(folder, file));
        Assert.Contains(problem, Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EntityTypeFile_MapsTheLabelsAndLeavesNullOut()
    {
        if (CopyModel() is not { } folder)
            return;
        var file = Path.Combine(folder, EntityTypeFile.FileName);
        File.WriteAllText(file, """
            {"ABNORMALITY": "disease", "NON-ABNORMALITY": "non-disease", "DISEASE": "DISEASE", "NON-DISEASE": "non_disease",
             "ANATOMY": null}
            """);
        using (var model = NerModel.Load(folder, OnnxSessionOptions.Cpu))
        {
            Assert.Equal((EntityType.Disease, EntityType.NonDisease, null),
                (model.Types["ABNORMALITY"], model.Types["NON-DISEASE"], model.Types["ANATOMY"]));
        }
        File.WriteAllText(file, """{"ABNORMALITY": "organ"}""");
        Assert.Contains("entity_types.json: ABNORMALITY: must be null or one of", Refusal(folder), StringComparison.Ordinal);
        File.WriteAllText(file, "{}");
        Assert.Contains("entity_types.json: ABNORMALITY: is missing", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_RateInWindows_FindsWhatOneWindowFinds()
    {
        if (CopyModel() is not { } folder)
            return;
        using var model = NerModel.Load(folder, OnnxSessionOptions.Cpu);
        var finder = new SpanFinder(model, AggregationNames.Rate, 8, new RowSliceRunner(OnnxSessionOptions.Cpu with { Threads = 3 }));
        var text = string.Join(' ', Enumerable.Repeat("No pneumothorax is seen. Mild cardiomegaly in the cardiac silhouette.", 60));
        var spans = await finder.FindAsync(text, TestContext.Current.CancellationToken);
        Assert.True(model.Tokenizer.Tokenize(text).Count > model.MostTokens);
        Assert.InRange(spans.Count(s => text[s.Start..s.End].Trim() == "pneumothorax" && s.Type == "NON-DISEASE"), 58, 60);
        Assert.Equal(spans.OrderBy(s => s.Start), spans);
    }

    private static string Refusal(string folder) =>
        Assert.Throws<InvalidDataException>(() => NerModel.Load(folder, OnnxSessionOptions.Cpu)).Message;

    private string? CopyModel() => GoldenFolder.TryFind("ner-exports", out var folder)
        ? folder.CopyFolder("bert-cased", _scratch["model"]) : null;
}
