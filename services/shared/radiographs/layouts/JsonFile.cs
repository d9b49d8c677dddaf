using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>A value of a JSON file, and where it is.</summary>
/// <param name="Value">The value.</param>
/// <param name="Path">As <c>annotations[3].bbox</c>.</param>
internal readonly record struct JsonItem(JsonElement Value, string Path);

/// <summary>A JSON file of annotations, whose every value is checked where it is read: a refusal says which one is wrong.</summary>
internal sealed class JsonFile : IDisposable
{
    private readonly JsonDocument _document;
    private readonly string _field;

    private JsonFile(string name, string field, JsonDocument document) => (Name, _field, _document) = (name, field, document);

    /// <summary>The file as messages call it.</summary>
    public string Name { get; }

    public JsonItem Root => new(_document.RootElement, "");

    /// <exception cref="MeshException">INVALID_FIELD: no file, or no JSON; says where it is broken.</exception>
    public static JsonFile Open(string path, DataBoundary boundary, string field)
    {
        var name = boundary.Describe(path);
        if (!DataFiles.Exists(path, boundary))
            throw MeshException.Invalid(field, $"file '{name}' does not exist on this machine");
        try
        {
            return new JsonFile(name, field, JsonDocument.Parse(TextFile.Read(path, boundary, field)));
        }
        catch (JsonException error)
        {
            throw MeshException.Invalid(field, string.Create(CultureInfo.InvariantCulture,
                $"'{name}' is no JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}"));
        }
    }

    /// <summary>Where a value is, as messages say it.</summary>
    public string Describe(JsonItem item) => item.Path.Length == 0 ? $"'{Name}'" : $"{item.Path} of '{Name}'";

    /// <summary>The items of a list, or of the list that a property holds.</summary>
    public IEnumerable<JsonItem> Items(JsonItem item, string property)
    {
        var list = property.Length == 0 ? item : Get(item, property);
        if (list.Value.ValueKind != JsonValueKind.Array)
            throw Refuse(list, "must be a list");
        return list.Value.EnumerateArray().Select((v, i) => new JsonItem(v, FormattableString.Invariant($"{list.Path}[{i}]")));
    }

    /// <summary>The number of a property.</summary>
    public double Number(JsonItem item, string property) => Number(Get(item, property));

    /// <summary>The numbers of a list.</summary>
    public double[] Numbers(JsonItem list) => [.. Items(list, "").Select(Number)];

    /// <summary>The number of a property, as the key of what other items point to.</summary>
    public string Key(JsonItem item, string property)
    {
        var value = Get(item, property);
        return value.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.Value.ToString()
            : throw Refuse(value, "must be a number or a text");
    }

    /// <summary>The text of a property.</summary>
    public string Text(JsonItem item, string property) => Text(Get(item, property));

    public string Text(JsonItem item) =>
        item.Value.ValueKind == JsonValueKind.String && item.Value.GetString()!.Trim() is { Length: > 0 } text
            ? text : throw Refuse(item, "must be a text");

    public static bool Has(JsonItem item, string property) =>
        item.Value.ValueKind == JsonValueKind.Object && item.Value.TryGetProperty(property, out _);

    /// <summary>A property.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name.</exception>
    public JsonItem Get(JsonItem item, string property)
    {
        if (item.Value.ValueKind != JsonValueKind.Object)
            throw Refuse(item, "must be an object");
        return item.Value.TryGetProperty(property, out var value)
            ? new JsonItem(value, item.Path.Length == 0 ? property : $"{item.Path}.{property}")
            : throw Refuse(item, $"has no '{property}'");
    }

    /// <summary>The refusal of a value.</summary>
    public MeshException Refuse(JsonItem item, string what) => MeshException.Invalid(_field, $"{Describe(item)} {what}");

    public void Dispose() => _document.Dispose();

    private double Number(JsonItem item) =>
        item.Value.ValueKind == JsonValueKind.Number && item.Value.TryGetDouble(out var number) && double.IsFinite(number) ? number
            : throw Refuse(item, "must be a number");
}
