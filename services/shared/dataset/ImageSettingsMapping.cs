using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// The image settings of a data set in their three forms: as a client gives them, as the resolved spec seals them, and as a call of the
/// diffusion service takes them. A new setting is written here, and nowhere else.
/// </summary>
public static class ImageSettingsMapping
{
    private static readonly JsonFormatter _setFields = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>The call that renders an image with these settings: every field of theirs has one of its name and type there.</summary>
    public static ImageSpec ToImageSpec(ImageSettings settings, string prompt, ulong seed)
    {
        var spec = new ImageSpec { Prompt = prompt, Seed = seed };
        foreach (var field in ImageSettings.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(settings);
            if (field.HasPresence ? field.Accessor.HasValue(settings) : value is not "")
                ImageSpec.Descriptor.FindFieldByName(field.Name).Accessor.SetValue(spec, value);
        }
        return spec;
    }

    /// <summary>What is sealed of settings with every default filled in.</summary>
    public static ResolvedImage ToResolved(ImageSettings settings, ModelIdentity generator) =>
        new(generator, settings.Width, settings.Height, settings.Steps, settings.Guidance, settings.Scheduler,
            settings.HasNativeSize ? settings.NativeSize : null)
        {
            Sampling = ToJson(settings.Sampling),
            PromptOverflow = settings.HasPromptOverflow
                ? JsonNamingPolicy.SnakeCaseLower.ConvertName(settings.PromptOverflow.ToString()) : null,
            Channels = settings.Channels.Length == 0 ? null : settings.Channels,
        };

    /// <summary>The settings that were sealed.</summary>
    public static ImageSettings ToSettings(ResolvedImage image)
    {
        var settings = new ImageSettings
        {
            Model = image.Generator.Name,
            Width = image.Width,
            Height = image.Height,
            Steps = image.Steps,
            Guidance = image.Guidance,
            Scheduler = image.Scheduler,
            Channels = image.Channels ?? "",
        };
        if (image.NativeSize is { } size)
            settings.NativeSize = size;
        if (image.Sampling is { } sampling)
            settings.Sampling = JsonParser.Default.Parse<SamplingSettings>(sampling.ToJsonString());
        if (image.PromptOverflow is { } overflow)
            settings.PromptOverflow = Enum.Parse<PromptOverflow>(overflow, ignoreCase: true);
        return settings;
    }

    /// <summary>
    /// Sampling settings as a resolved spec holds them: the fields that are set, by their proto names; null where none is.
    /// </summary>
    internal static JsonNode? ToJson(SamplingSettings? sampling) => sampling is null || sampling.Equals(new SamplingSettings())
        ? null : JsonNode.Parse(_setFields.Format(sampling));
}
