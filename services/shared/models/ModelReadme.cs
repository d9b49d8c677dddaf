using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SynCxr.Mesh.Models;

/// <summary>The <c>README.md</c> of a published model, whose YAML head (between two lines of <c>---</c>) names the licence.</summary>
/// <param name="Licence">The licence; empty where the head names none.</param>
/// <param name="Problem">Why the head can't be read; empty where it can, or where there is none.</param>
public sealed record ModelReadme(string Licence, string Problem)
{
    public const string FileName = "README.md";

    private const string Fence = "---";

    /// <summary>Reads the head of a folder's README.</summary>
    public static ModelReadme Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new ModelReadme("", "");
        var lines = File.ReadLines(path).Take(1000).ToList();
        if (lines.Count == 0 || lines[0].TrimStart('\uFEFF').TrimEnd() != Fence)
            return new ModelReadme("", "");
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(string.Join('\n', lines.Skip(1).TakeWhile(line => line.TrimEnd() != Fence))));
            var head = yaml.Documents.Count > 0 ? yaml.Documents[0].RootNode as YamlMappingNode : null;
            var licence = Find(head, "license");
            // Hubs call what is on no list of theirs "other", and name it beside.
            return new ModelReadme(licence is "" or "other" && Find(head, "license_name") is { Length: > 0 } name ? name : licence, "");
        }
        catch (YamlException error)
        {
            return new ModelReadme("", $"{FileName}: line {error.Start.Line + 1}: The YAML head can't be read: {error.Message}");
        }
    }

    private static string Find(YamlMappingNode? head, string key) =>
        head is null || !head.Children.TryGetValue(new YamlScalarNode(key), out var value) ? ""
        : value is YamlSequenceNode several ? string.Join(", ", several.Select(item => item.ToString())) : value.ToString();
}
