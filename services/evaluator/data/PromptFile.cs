using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>The prompts of generator reports: a file of <c>prompts/</c>, whose comments explain its parts.</summary>
internal sealed class PromptFile
{
    /// <summary>Names of the files.</summary>
    public static IReadOnlyList<string> Names { get; } = ["chest"];

    public string Name { get; init; } = "";

    public List<PromptSource> Sources { get; init; } = [];

    public List<PromptClass> Classes { get; init; } = [];

    public List<PromptComparison> Comparisons { get; init; } = [];

    public List<PromptFinding> Findings { get; init; } = [];

    public static PromptFile Open(string name)
    {
        using var stream = typeof(PromptFile).Assembly.GetManifestResourceStream($"SynCxr.Mesh.Evaluator.Prompts.{name}.yaml")
            ?? throw new ArgumentException($"There is no prompt file '{name}'", nameof(name));
        using var text = new StreamReader(stream);
        var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build();
        return yaml.Deserialize<PromptFile>(text);
    }

    public PromptSource FindSource(string name) => Sources.Single(s => s.Name == name);

    public PromptFinding FindFinding(string source, string finding) => Findings.Single(f => f.Source == source && f.Finding == finding);
}

/// <summary>A source of real images, named as the image folders name it.</summary>
internal sealed class PromptSource
{
    public string Name { get; init; } = "";

    /// <summary>Native size that stands for the source's look.</summary>
    public int NativeSize { get; init; }

    /// <summary>Labels of its real images.</summary>
    public List<string> Labels { get; init; } = [];
}

/// <summary>A label and the finding that it is asked with. The first of a source is the healthy one.</summary>
internal sealed class PromptClass
{
    public string Source { get; init; } = "";

    public string Label { get; init; } = "";

    public string Finding { get; init; } = "";
}

/// <summary>Two findings that a classifier must tell apart.</summary>
internal sealed class PromptComparison
{
    public string Name { get; init; } = "";

    public string Source { get; init; } = "";

    public string Finding { get; init; } = "";

    public string Against { get; init; } = "";

    public List<string> Shows { get; init; } = [];

    public List<string> Unlike { get; init; } = [];

    /// <summary>Lowest acceptable share of the AUC on real images; 0 where it is only reported.</summary>
    public double Floor { get; init; }
}

/// <summary>A finding, how it is asked for, and what real images with and without it are labelled.</summary>
internal sealed class PromptFinding
{
    public string Finding { get; init; } = "";

    public string Source { get; init; } = "";

    public string Against { get; init; } = "";

    public List<string> Shows { get; init; } = [];

    public List<string> Unlike { get; init; } = [];

    public List<string> Prompts { get; init; } = [];
}
