using System.Text.Json;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>
/// <c>entity_types.json</c> of a model folder: which of the five types each type of the model's labels is, <c>{"OBSERVATION":
/// "abnormality", "MODIFIER": null}</c>; null leaves it out. Without the file the labels must be called as the types are.
/// </summary>
internal static class EntityTypeFile
{
    public const string FileName = "entity_types.json";

    private static readonly Dictionary<string, EntityType> _types = Enum.GetValues<EntityType>()
        .ToDictionary(type => JsonNamingPolicy.KebabCaseLower.ConvertName(type.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>The type of each type of the labels; null for those that are left out.</summary>
    /// <param name="labels">Where the labels stand, for the message.</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is missing or wrong.</exception>
    public static IReadOnlyDictionary<string, EntityType?> Read(string folder, IEnumerable<string> names, JsonFileValue labels)
    {
        var file = JsonFileValue.Find(Path.Combine(folder, FileName));
        return names.ToDictionary(name => name, name => file is { } given ? ReadType(given, name) : FindType(name) ?? throw labels.Fault(
            $"has the type '{name}', which is none of {string.Join(", ", _types.Keys)}; say in {FileName} which one it is, or null"),
            StringComparer.Ordinal);
    }

    private static EntityType? ReadType(JsonFileValue file, string name)
    {
        var entry = file.RequireMember(name);
        return entry.IsNull ? null
            : FindType(entry.Text) ?? throw entry.Fault($"must be null or one of {string.Join(", ", _types.Keys)}");
    }

    private static EntityType? FindType(string name) =>
        _types.TryGetValue(name.Replace('_', '-'), out var type) ? type : null;
}
