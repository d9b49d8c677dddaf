using Google.Protobuf.Reflection;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.SealedDatasets;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>Every image setting of a data set reaches the call that renders an image, and is sealed.</summary>
public sealed class ImageSettingsMappingTests
{
    private static readonly ImageSettings _all = new()
    {
        Model = "tiny",
        Width = 64,
        Height = 128,
        Steps = 7,
        Guidance = 1.5,
        Scheduler = "ddim",
        NativeSize = 28,
        Sampling = new SamplingSettings { Eta = 0.5 },
        PromptOverflow = PromptOverflow.Chunk,
        Channels = "rgb",
    };

    [Fact]
    public void ToImageSpec_EverySetting_IsInTheCallUnderItsName()
    {
        var spec = ImageSettingsMapping.ToImageSpec(_all, "clear lungs", 9);

        Assert.Equal(("clear lungs", 9ul), (spec.Prompt, spec.Seed));
        Assert.All(ImageSettings.Descriptor.Fields.InDeclarationOrder(), field =>
        {
            var there = ImageSpec.Descriptor.FindFieldByName(field.Name);
            Assert.Equal((field.FieldType, TypeOf(field)), (there.FieldType, TypeOf(there)));
            Assert.NotEqual(field.Accessor.GetValue(new ImageSettings()), field.Accessor.GetValue(_all));
            Assert.Equal(field.Accessor.GetValue(_all), there.Accessor.GetValue(spec));
        });
    }

    [Fact]
    public void ToImageSpec_NothingSet_SetsNothing() =>
        Assert.Equal(new ImageSpec { Prompt = "a" }, ImageSettingsMapping.ToImageSpec(new ImageSettings(), "a", 0));

    [Fact]
    public void ToResolved_EverySetting_ComesBack()
    {
        var resolved = ImageSettingsMapping.ToResolved(_all, new ModelIdentity("tiny", "1", "digest", "engine"));

        Assert.Equal(_all, ImageSettingsMapping.ToSettings(resolved));
    }

    private static IDescriptor? TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType,
        FieldType.Enum => field.EnumType,
        _ => null,
    };
}
