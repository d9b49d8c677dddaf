using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>A value of a JSON file, which knows where it stands: what is wrong is said with file and key.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Key">Path within it, parts joined by dots; empty for the whole file.</param>
public readonly record struct JsonFileValue(string File, string Key, JsonElement Element)
{
    /// <summary>Reads a file that holds an object; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It holds no JSON object.</exception>
    public static JsonFileValue? Find(string path)
    {
        if (!System.IO.File.Exists(path))
            return null;
        var value = Read(path);
        value.Expect(JsonValueKind.Object);
        return value;
    }

    /// <summary>The values of a file that holds a list.</summary>
    /// <exception cref="InvalidDataException">It holds no JSON list.</exception>
    public static IReadOnlyList<JsonFileValue> ReadList(string path) => [.. Read(path).Items];

    /// <summary>The object that the bytes of a file hold.</summary>
    /// <param name="path">What messages call the file.</param>
    /// <exception cref="InvalidDataException">They hold no JSON object.</exception>
    public static JsonFileValue Parse(string path, ReadOnlySpan<byte> bytes)
    {
        var value = ParseAny(path, bytes);
        value.Expect(JsonValueKind.Object);
        return value;
    }

    private static JsonFileValue Read(string path) => ParseAny(path, System.IO.File.ReadAllBytes(path));

    private static JsonFileValue ParseAny(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var document = PythonJson.Parse(bytes);
            return new JsonFileValue(path, "", document.RootElement.Clone());
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {PythonJson.DescribeError(exception)}", exception);
        }
    }

    public bool IsNull => Element.ValueKind == JsonValueKind.Null;

    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    public bool IsText => Element.ValueKind == JsonValueKind.String;

    /// <summary>The string that it holds.</summary>
    public string Text
    {
        get
        {
            Expect(JsonValueKind.String);
            return Decode(Element.GetString)!;
        }
    }

    /// <summary>The number that it holds, which must be whole and not negative.</summary>
    public int Id => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var id) && id >= 0
        ? id : throw Fault($"must be a whole number from 0 on");

    public bool Flag => Element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Element.GetBoolean() : throw Fault($"must be true or false");

    /// <summary>The values of an array.</summary>
    public IEnumerable<JsonFileValue> Items
    {
        get
        {
            Expect(JsonValueKind.Array);
            var (file, key) = (File, Key);
            return Element.EnumerateArray().Index().Select(item => new JsonFileValue(file, $"{key}[{item.Index}]", item.Item));
        }
    }

    /// <summary>The members of an object; one that stands twice has its last value, as in Python.</summary>
    public IReadOnlyDictionary<string, JsonFileValue> Members
    {
        get
        {
            Expect(JsonValueKind.Object);
            var members = new Dictionary<string, JsonFileValue>(StringComparer.Ordinal);
            foreach (var member in Element.EnumerateObject())
            {
                var name = Decode(() => member.Name)!;
                members[name] = new JsonFileValue(File, Join(name), member.Value);
            }
            return members;
        }
    }

    /// <summary>A member of an object; null where it is absent.</summary>
    public JsonFileValue? Member(string name)
    {
        Expect(JsonValueKind.Object);
        return Element.TryGetProperty(name, out var member) ? new JsonFileValue(File, Join(name), member) : null;
    }

    /// <summary>A member of an object that must be there.</summary>
    public JsonFileValue RequireMember(string name) =>
        Member(name) ?? throw new InvalidDataException($"{File}: {Join(name)}: is missing");

    public InvalidDataException Fault(string problem) =>
        new(Key.Length == 0 ? $"{File}: {problem}" : $"{File}: {EchoedText.Shorten(Key)}: {problem}");

    /// <summary>What the value is; never what it holds.</summary>
    public string Describe() => PythonJson.DescribeKind(Element);

    private void Expect(JsonValueKind kind)
    {
        if (Element.ValueKind != kind)
            throw Fault($"must be {Describe(kind)}, and is {Describe()}");
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => "a text",
    };

    private string Join(string name) => Key.Length == 0 ? name : $"{Key}.{name}";

    // A text can hold an escape for half a character: "\ud800".
    private string? Decode(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException(Fault("holds half a surrogate pair, which is no character").Message, exception);
        }
    }
}
