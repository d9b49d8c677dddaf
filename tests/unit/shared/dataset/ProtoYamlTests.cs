using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

public sealed class ProtoYamlTests
{
    private static readonly DatasetSpec _spec = new()
    {
        Pairs = 96,
        Seed = 18446744073709551615,
        Draw = new SamplingSpec
        {
            Vocabulary = "vocabularies/chest-xray",
            FindingsPerSet = 0,
            Sampling = SamplingMode.PerType,
            UsageRatio = 0.5,
        },
        Report = new ReportSettings { Impression = ImpressionStyle.All },
        Title = "yes: # \"no\"",
    };

    [Fact]
    public void Write_ThenParse_GivesTheSameMessage()
    {
        var text = ProtoYaml.Write(_spec);

        Assert.Equal(_spec, ProtoYaml.Parse<DatasetSpec>(text, "spec"));
        Assert.Contains("sampling: per_type", text, StringComparison.Ordinal);
        Assert.Contains("findings_per_set: 0", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pears: 3", "spec.pears")]
    [InlineData("pairs: many", "spec.pairs")]
    [InlineData("draw: 3", "spec.draw")]
    [InlineData("draw: {sampling: odd}", "spec.draw.sampling")]
    [InlineData("draw: {usage_ratio: half}", "spec.draw.usage_ratio")]
    [InlineData("curation: {accept_all: maybe}", "spec.curation.accept_all")]
    [InlineData("pairs: 99999999999999999999999", "spec.pairs")]
    [InlineData("pairs: 9223372036854775808", "spec.pairs")]
    [InlineData("seed: -1", "spec.seed")]
    [InlineData("shard_size: 2147483648", "spec.shard_size")]
    [InlineData("draw: {usage_ratio: 1e999}", "spec.draw.usage_ratio")]
    [InlineData("image:\n  guidance: 1,5", "spec.image.guidance")]
    [InlineData("image: {guidance: '7'}", "spec.image.guidance")]
    [InlineData("image: {guidance: (7)}", "spec.image.guidance")]
    [InlineData("image: {model: \"\"}", "spec.image.model")]
    [InlineData("image: {model: }", "spec.image.model")]
    [InlineData("image: {sampling: {timesteps: []}}", "spec.image.sampling.timesteps")]
    [InlineData("pairs: \"5\"", "spec.pairs")]
    [InlineData("curation: {accept_all: 'true'}", "spec.curation.accept_all")]
    [InlineData("- 1", "spec")]
    [InlineData("pairs: [", "spec")]
    public void Parse_WrongText_NamesThePath(string yaml, string path)
    {
        var error = Assert.Throws<MeshException>(() => ProtoYaml.Parse<DatasetSpec>(yaml, "spec"));

        Assert.Equal(path, error.Fields.Single().Field);
    }

    [Fact]
    public void FollowUpEvaluations_TaskFromYaml_IsTyped()
    {
        var spec = ProtoYaml.Parse<DatasetSpec>(
            "train: {evaluate: [{fine_tune: {model: m, modes: [linear], percent: [1, 12.5], seed: 7}}]}",
            "spec");

        var task = Assert.Single(FollowUpEvaluations.Read(spec.Train, "spec.train")).FineTune;

        Assert.Equal(("m", 7UL), (task.Model, task.Seed));
        Assert.Equal([1, 12.5], task.Percent);
        Assert.Equal([TuningMode.Linear], task.Modes);
        Assert.Equal(spec, ProtoYaml.Parse<DatasetSpec>(ProtoYaml.Write(spec), "spec"));
    }

    [Theory]
    [InlineData("{zero_shot: {dat: {}}}", "spec.train.evaluate[0].zero_shot.dat")]
    [InlineData("{zero_shot: {resamples: many}}", "spec.train.evaluate[0].zero_shot.resamples")]
    [InlineData("{zeroshot: {}}", "spec.train.evaluate[0].zeroshot")]
    [InlineData("{}", "spec.train.evaluate[0]")]
    public void FollowUpEvaluations_WrongSpec_NamesThePath(string yaml, string path)
    {
        var spec = ProtoYaml.Parse<DatasetSpec>($"train: {{evaluate: [{yaml}]}}", "spec");

        var error = Assert.Throws<MeshException>(() => FollowUpEvaluations.Read(spec.Train, "spec.train"));

        Assert.Equal(path, error.Fields.Single().Field);
    }
}
