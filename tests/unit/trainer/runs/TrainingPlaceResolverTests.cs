using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;
using Xunit;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Trainer.Tests.Runs;

/// <summary>What a training's spec may name, by tenant; no refusal tells what exists.</summary>
public sealed class TrainingPlaceResolverTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly RecipeRegistry _recipes;
    private readonly TrainingPlaceResolver _places;

    public TrainingPlaceResolverTests()
    {
        foreach (var file in new[] { "root/images/normal/a.png", "root/weights/model.safetensors", "root/weights/vocab.txt",
            "root/weights/tokenizer_config.json", "root/weights/config.json", "state/models/tenant-a/own/weights.safetensors" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_scratch[file])!);
            File.WriteAllText(_scratch[file], "x");
        }

        var options = Options.Create(new TrainerOptions { StateFolder = _scratch["state"] });
        var data = new DataOptions
        {
            Roots =
            {
                ["a"] = new DataRootOptions { Path = _scratch["root"], Tenants = ["tenant-a"] },
                ["b"] = new DataRootOptions { Path = _scratch["root"], Tenants = ["tenant-b"] },
            },
        };
        _recipes = new RecipeRegistry(options);
        _places = new TrainingPlaceResolver(new DataPlaceResolver(Options.Create(data)),
            new SealedDatasetLocator(null!, TimeProvider.System), new TrainingFolders(options));
    }

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string, string> Unreadable() => new()
    {
        { "source", "/proc/self/environ", "/proc/self/nothing" },
        { "source", "data/a/images", "data/nothing/images" },
        { "labels", "/proc/self/environ", "/proc/self/nothing" },
        { "labels", "data/a/weights/vocab.txt", "data/nothing/x" },
        { "masks", "/etc", "/nothing" },
        { "boxes", "/etc/passwd", "/etc/nothing" },
        { "validation", "/etc", "/nothing" },
        { "image", "/etc/passwd", "/etc/nothing" },
        { "image", "data/a/weights/model.safetensors", "data/nothing/x" },
        { "image", "models/own", "models/nothing" },
        { "image", "models/../tenant-a/own", "models/../tenant-a/nothing" },
        { "text", "/etc", "/nothing" },
        { "text", "data/a/weights", "data/nothing/x" },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Check_WhatTheTenantMayNotRead_IsAsIfItDidNotExist(string field, string existing, string absent)
    {
        var (one, two) = (Refuse(field, existing), Refuse(field, absent));

        Assert.Equal(two, one);
    }

    [Theory]
    [InlineData("/etc", "/nothing")]
    [InlineData("data/a/images", "data/nothing/images")]
    [InlineData("datasets/7f", "datasets/8f")]
    public void Check_FoldersThatTheTenantMayNotRead_AreAsIfTheyDidNotExist(string existing, string absent)
    {
        string Refuse(string name)
        {
            using var caller = RequestContext.Enter("tenant-b", "r");
            var spec = new TrainingSpec { Recipe = "quality-judge", Preset = "test", ModelName = "m", Data = { name } };
            var error = Assert.Throws<MeshException>(() => TrainingPlanRules.Check(spec, _recipes, _places));
            Assert.Equal("spec.data[0]", Assert.Single(error.Fields).Field);
            return error.Message.Replace(name, "X", StringComparison.Ordinal);
        }

        Assert.Equal(Refuse(absent), Refuse(existing));
    }

    [Fact]
    public async Task ResolveAsync_Names_BecomePlacesAndMessagesKeepTheNames()
    {
        using var caller = RequestContext.Enter("tenant-a", "r");
        var plan = new TrainingPlan("convirt", "test", [], "m", 1, null)
        {
            Sources = [new RadiographSource("folders", "data/a/images")],
            ImageWeights = "models/own",
            TextWeights = "data/a/weights",
        };

        var resolved = await _places.ResolveAsync(plan, _scratch["work"], null!, CancellationToken.None);

        Assert.Equal(_scratch["root/images"], Assert.Single(resolved.Sources).Folder);
        Assert.Equal("data/a/images/normal", resolved.Sources[0].Describe(_scratch["root/images/normal"]));
        Assert.Equal(_scratch["state/models/tenant-a/own/weights.safetensors"], resolved.ImageWeights);
        Assert.Equal("models/own/weights.safetensors", resolved.Boundary.Describe(resolved.ImageWeights));
        Assert.Equal("data/a/weights", resolved.Boundary.Describe(resolved.TextWeights));
    }

    private string Refuse(string field, string name)
    {
        using var caller = RequestContext.Enter("tenant-b", "r");
        var source = new Wire.DataSource { Layout = "table", Name = "data/b/images" };
        var spec = new TrainingSpec { Recipe = "convirt", Preset = "test", ModelName = "m", Sources = { source } };
        switch (field)
        {
            case "source": source.Name = name; break;
            case "labels": source.Labels = name; break;
            case "masks": source.Masks = name; break;
            case "boxes": source.Boxes = name; break;
            case "validation": spec.Validation.Add(new Wire.DataSource { Layout = "folders", Name = name }); break;
            case "image": spec.ImageWeights = name; break;
            default: spec.TextWeights = name; break;
        }

        var error = Assert.Throws<MeshException>(() => TrainingPlanRules.Check(spec, _recipes, _places));
        Assert.Equal(ErrorReasons.InvalidField, error.Reason);
        return error.Message.Replace(name, "X", StringComparison.Ordinal);
    }
}
