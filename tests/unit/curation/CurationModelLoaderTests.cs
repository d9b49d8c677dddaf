using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class CurationModelLoaderTests
{
    internal static CurationModelLoader Create(IOptions<CurationOptions> options) =>
        new(options, NullLogger<CurationModelLoader>.Instance);

    [Fact]
    public async Task Load_DamagedJudge_StopsTheHostAsAWrongSetting()
    {
        using var scratch = new ScratchFolder();
        foreach (var file in Directory.EnumerateFiles(CurationHostFixture.JudgeFolder))
            File.Copy(file, scratch[Path.GetFileName(file)]);
        File.AppendAllText(scratch["model.onnx"], "!");
        using var models = Create(Options.Create(new CurationOptions { ModelPath = scratch.Path }));

        await models.StartAsync(default);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => models.ExecuteTask!);

        Assert.Equal($"Curation:ModelPath: {scratch["model.onnx"]}: has another SHA-256 than SHA256SUMS says", refusal.Message);
        Assert.Throws<MeshException>(() => models.Loaded);
    }

    [Fact]
    public async Task Loaded_BeforeTheLoadAndAfter_IsRefusedThenThere()
    {
        using var models = Create(Options.Create(new CurationOptions { ModelPath = CurationHostFixture.JudgeFolder }));
        Assert.Same(ErrorReasons.ModelNotLoaded, Assert.Throws<MeshException>(() => models.Loaded).Reason);
        Assert.Equal(HealthStatus.Unhealthy, (await models.CheckHealthAsync(new HealthCheckContext())).Status);
        await models.StartAsync(default);
        await models.ExecuteTask!;
        Assert.NotNull(models.Loaded.Judge);
        Assert.Equal(HealthStatus.Healthy, (await models.CheckHealthAsync(new HealthCheckContext())).Status);
    }

    [Fact]
    public async Task Load_IndexRoot_GivesEachGeneratorItsIndexOfThisJudge()
    {
        using var scratch = new ScratchFolder();
        var judge = ModelFolder.Open(CurationHostFixture.JudgeFolder);
        var width = judge.Card.Judge!.Embedding;
        WriteIndex(Path.Combine(scratch["indexes"], "good", judge.Digest), judge.Digest, width);
        WriteIndex(Path.Combine(scratch["indexes"], "foreign", "of-another-judge"), "of-another-judge", width);
        WriteIndex(Path.Combine(scratch["indexes"], "narrow", judge.Digest), judge.Digest, width - 1);
        WriteIndex(Path.Combine(scratch["indexes"], "trained", judge.Digest), judge.Digest, width);
        WriteIndex(Path.Combine(scratch["models"], "trained", "memory"), judge.Digest, width);
        var options = new CurationOptions
        {
            ModelPath = CurationHostFixture.JudgeFolder,
            IndexRoot = scratch["indexes"],
            GeneratorRoot = scratch["models"],
            GeneratorPaths = { scratch["good"] }, // a generator without a memory of its own
        };
        using var models = Create(Options.Create(options));

        await models.StartAsync(default);
        await models.ExecuteTask!;

        var loaded = models.Loaded.MemorisationIndexes;
        Assert.Equal(["good", "narrow", "trained"], loaded.Keys.Order());
        Assert.Equal((1, 64, (string?)null), (loaded["good"].Count, loaded["good"].Digest.Length, loaded["good"].Problem));
        Assert.Contains("syncxr model index narrow", loaded["narrow"].Problem, StringComparison.Ordinal);
        Assert.Equal("", loaded["trained"].Digest); // its own, which the generator's digest covers
        Assert.Empty(models.Loaded.GeneratorsWithoutIndex);
    }

    private static void WriteIndex(string folder, string judge, int width)
    {
        Directory.CreateDirectory(folder);
        new HalfMatrix(1, width, TestFeatures.AtAngle(0, width)).Write(Path.Combine(folder, "index.f16"));
        File.WriteAllText(Path.Combine(folder, "index.json"),
            $$"""{"judge": "j", "judge_digest": "{{judge}}", "rows": 1, "dim": {{width}}, "ids": ["a"]}""");
    }

    [Theory]
    [InlineData("models/nothing", "cpu", "does not exist")]
    [InlineData("", "abacus", "'abacus'")]
    [InlineData("", "cuda", "cuda")]
    public void Validate_WhatIsNotThere_IsNamedAtStart(string path, string provider, string named)
    {
        var options = new CurationOptions
        {
            ModelPath = path.Length > 0 ? path : CurationHostFixture.JudgeFolder,
            ExecutionProvider = provider,
        };
        var result = new CurationOptionsRules().Validate(null, options);
        Assert.True(result.Failed);
        Assert.Contains(named, result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_GpuSettingsOnTheProcessor_AreNamed()
    {
        var options = new CurationOptions
        {
            ModelPath = CurationHostFixture.JudgeFolder,
            Device = 1,
            DeviceMemoryMiB = 512,
            TensorRtCache = "engines",
        };
        var result = new CurationOptionsRules().Validate(null, options);
        Assert.Equal(["Curation:Device ", "Curation:DeviceMemoryMiB ", "Curation:TensorRtCache "],
            result.Failures!.Select(failure => failure[..(failure.IndexOf(' ', StringComparison.Ordinal) + 1)]));
        Assert.Contains("Curation:ExecutionProvider cpu", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_QueueShorterThanABatch_NamesBothNumbers()
    {
        var result = new CurationOptionsRules().Validate(null, new CurationOptions { QueueLimit = 5, MaxBatch = 7 });
        Assert.Contains("5", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains("7", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TheDefaults_AreRight() => Assert.True(new CurationOptionsRules().Validate(null, new CurationOptions()).Succeeded);
}
