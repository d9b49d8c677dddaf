using System.Text.Json;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// A <c>config.json</c> of a diffusers folder. A key that is absent or null has no value; a file that is absent has no keys, as exports by
/// the older conversion script lack it.
/// </summary>
internal sealed class DiffusersConfig
{
    /// <summary>Above any size of a network that can be loaded; products of two of them stay whole numbers.</summary>
    private const int MaxCount = 1 << 20;

    private readonly string _path;
    private readonly JsonElement _root;

    private DiffusersConfig(string path, JsonElement root) => (_path, _root) = (path, root);

    /// <summary>False where the folder has no such file.</summary>
    public bool Exists => _root.ValueKind == JsonValueKind.Object;

    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static DiffusersConfig Read(string path)
    {
        if (!File.Exists(path))
            return new DiffusersConfig(path, default);
        try
        {
            using var document = PythonJson.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new DiffusersConfig(path, document.RootElement.Clone())
                : throw new InvalidDataException(
                    $"{path}: The file must hold a JSON object, not {PythonJson.DescribeKind(document.RootElement)}.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {PythonJson.DescribeError(exception)}", exception);
        }
    }

    /// <summary>A whole number above 0.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public int? ReadCount(string key) =>
        Find(key) is { } value ? ToCount(value) ?? throw Refuse(key, value, $"a whole number from 1 to {MaxCount}") : null;

    /// <summary>A finite number.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public double? ReadNumber(string key) =>
        Find(key) is not { } value ? null
        : PythonJson.TryGetNumber(value, out var number) && double.IsFinite(number) ? number : throw Refuse(key, value, "a finite number");

    /// <summary>A finite number that is not 0.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public double? ReadFactor(string key) =>
        ReadNumber(key) is not { } number ? null
        : Math.Abs(number) is >= 1e-6 and <= 1e6 ? number : throw Refuse(key, Find(key)!.Value, "a number from 1e-6 to 1e6");

    /// <summary>Height and width: a whole number for both, or two.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public (int Height, int Width)? ReadSize(string key) =>
        ReadCounts(key) is not { } sizes ? null
        : sizes.Count <= 2 ? (sizes[0], sizes[^1]) : throw Refuse(key, Find(key)!.Value, "a whole number, or two");

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public string? ReadText(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Refuse(key, value, "a text");

    /// <summary>Whole numbers above 0, in a list or alone.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public IReadOnlyList<int>? ReadCounts(string key)
    {
        if (Find(key) is not { } value)
            return null;
        var counts = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(ToCount).ToList() : [ToCount(value)];
        return counts.Count > 0 && counts.TrueForAll(count => count is not null)
            ? [.. counts.Select(count => count!.Value)] : throw Refuse(key, value, $"whole numbers from 1 to {MaxCount}");
    }

    private JsonElement? Find(string key) =>
        Exists && _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private InvalidDataException Refuse(string key, JsonElement value, string wanted)
    {
        var kind = PythonJson.DescribeKind(value);
        return new($"{_path}: {key} must be {wanted}{(kind == "a number" ? "" : $", not {kind}")}.");
    }

    private static int? ToCount(JsonElement value) =>
        PythonJson.TryGetNumber(value, out var number) && number is >= 1 and <= MaxCount && number == Math.Floor(number)
            ? (int)number : null;
}
