using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class CurationModelLoaderTests
{
    [Fact]
    public async Task Loaded_BeforeTheLoadAndAfter_IsRefusedThenThere()
    {
        using var models = new CurationModelLoader(Options.Create(new CurationOptions { ModelPath = CurationHostFixture.JudgeFolder }),
            NullLogger<CurationModelLoader>.Instance);
        Assert.Same(ErrorReasons.ModelNotLoaded, Assert.Throws<MeshException>(() => models.Loaded).Reason);
        Assert.Equal(HealthStatus.Unhealthy, (await models.CheckHealthAsync(new HealthCheckContext())).Status);
        await models.StartAsync(default);
        await models.ExecuteTask!;
        Assert.NotNull(models.Loaded.Judge);
        Assert.Equal(HealthStatus.Healthy, (await models.CheckHealthAsync(new HealthCheckContext())).Status);
    }

    [Theory]
    [InlineData("models/nothing", "cpu", "model.yaml")]
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
    public void Validate_QueueShorterThanABatch_NamesBothNumbers()
    {
        var result = new CurationOptionsRules().Validate(null, new CurationOptions { QueueLimit = 5, MaxBatch = 7 });
        Assert.Contains("5", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains("7", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TheDefaults_AreRight() => Assert.True(new CurationOptionsRules().Validate(null, new CurationOptions()).Succeeded);
}
