using System.Text.Json;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Lists of entity ids and of reasons as rows hold them: a JSON array of texts.</summary>
internal static class TextListColumn
{
    public static string[] Parse(string json) => JsonSerializer.Deserialize<string[]>(json) ?? [];

    public static string Write(IEnumerable<string> texts) => JsonSerializer.Serialize(texts);
}
