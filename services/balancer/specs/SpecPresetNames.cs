using System.Collections.Frozen;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>What a spec that leaves something out gets.</summary>
internal sealed record SpecPreset(string Name, int FindingsPerSet, int AnatomyPerSet, int? UsageCap, FindingScope Scope,
    ImpressionStyle Impression);

/// <summary>The presets by name.</summary>
internal static class SpecPresetNames
{
    /// <summary>Only what the generator can render, in short reports: image and report agree. The default.</summary>
    public const string Demo = "demo";

    /// <summary>The paper's numbers: k = 9, m = 3, tau_max = 15, every finding, every entity in the IMPRESSION.</summary>
    public const string Paper = "paper";

    private static readonly FrozenDictionary<string, SpecPreset> _byName = new SpecPreset[]
    {
        new(Demo, 3, 2, null, FindingScope.Depicted, ImpressionStyle.Salient),
        new(Paper, 9, 3, 15, FindingScope.All, ImpressionStyle.All),
    }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    public static SpecPreset Get(string name) => _byName.TryGetValue(name.Length == 0 ? Demo : name, out var preset)
        ? preset
        : throw MeshException.Invalid("spec.preset",
            $"'{EchoedText.Shorten(name)}' is none of {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}");
}
