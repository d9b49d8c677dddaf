using System.Text.Json;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// A class's own reading of a config: each key that it asks for is one that it knows, the rest are <see cref="UnknownKeys"/>. A null
/// boolean is false, as in Python; any other null is refused where the class needs a value.
/// </summary>
/// <param name="config">The file.</param>
/// <param name="className">The class that reads it.</param>
/// <param name="precision">What the forward process is stored in.</param>
internal sealed class SchedulerSettings(SchedulerConfig config, string className, ForwardPrecision precision = ForwardPrecision.Single)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string ClassName => className;

    public ForwardPrecision Precision => precision;

    /// <summary>Keys of the file that the class has not asked for: another class's, or nobody's. They change nothing.</summary>
    public IReadOnlyList<string> UnknownKeys =>
        [.. config.Values.Keys.Where(key => !key.StartsWith('_') && !_known.Contains(key)).Order(StringComparer.Ordinal)];

    /// <summary>Says that the class knows keys that it doesn't need with the settings at hand.</summary>
    public void Acknowledge(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            _known.Add(key);
    }

    public bool ReadFlag(string key, bool absent) => Find(key) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.Null or JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        var other => throw Refuse(key, "true or false is wanted"),
    };

    public double ReadNumber(string key, double absent) => Find(key) is not { } value
        ? absent : IsNumber(value, out var number) ? number : throw Refuse(key, "a number is wanted");

    /// <summary>A number above 0.</summary>
    public double ReadPositive(string key, double absent) =>
        ReadNumber(key, absent) is > 0 and var number ? number : throw Refuse(key, "a number above 0 is wanted");

    /// <summary>A number, or null where the key is absent or null.</summary>
    public double? ReadOptionalNumber(string key) => Find(key) is null or { ValueKind: JsonValueKind.Null } ? null : ReadNumber(key, 0);

    /// <param name="least">The smallest that is accepted.</param>
    /// <param name="most">The largest.</param>
    public int ReadCount(string key, int absent, int least, int most = int.MaxValue)
    {
        if (Find(key) is not { } value)
            return absent;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= least && count <= most
            ? count
            : throw Refuse(key, most == int.MaxValue
                ? $"a whole number of at least {least} is wanted" : $"a whole number from {least} to {most} is wanted");
    }

    /// <summary>Timesteps of the forward process; a million would already take as long to read as the rest of a model.</summary>
    public int ReadTrainTimesteps() => ReadCount("num_train_timesteps", 1000, least: 1, most: 1_000_000);

    /// <summary>One of several names; null is none of them.</summary>
    public string ReadChoice(string key, string absent, IReadOnlyCollection<string> known)
    {
        if (Find(key) is not { } value)
            return absent;
        return value.ValueKind == JsonValueKind.String && known.Contains(value.GetString()!)
            ? value.GetString()!
            : throw Refuse(key, $"is not one of {string.Join(", ", known.Order(StringComparer.Ordinal))}");
    }

    /// <summary>True where a key that may hold anything has one of these values.</summary>
    public bool IsOneOf(string key, params ReadOnlySpan<string> values) =>
        Find(key) is { ValueKind: JsonValueKind.String } value && values.Contains(value.GetString()!);

    /// <summary>A list of numbers, or null where the key is absent or null.</summary>
    public double[]? ReadNumbers(string key)
    {
        if (Find(key) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Refuse(key, "a list of numbers is wanted");
        return [.. value.EnumerateArray().Select(
            item => IsNumber(item, out var number) ? number : throw Refuse(key, "a list of numbers is wanted"))];
    }

    /// <summary>A flag of the library that is not supported here.</summary>
    /// <param name="instead">What to do instead.</param>
    public void RefuseFlag(string key, string instead)
    {
        if (ReadFlag(key, false))
            throw Refuse(key, instead);
    }

    /// <summary>The exception that refuses the value that a key has; it does not say the value.</summary>
    public InvalidDataException Refuse(string key, string problem) => new($"{config.Path}: {key}: {problem} ({className})");

    // The library takes NaN for a number too, and ends in a sample of NaN.
    private static bool IsNumber(JsonElement value, out double number) =>
        PythonJson.TryGetNumber(value, out number) && !double.IsNaN(number);

    private JsonElement? Find(string key)
    {
        _known.Add(key);
        return config.Values.TryGetValue(key, out var value) ? value : null;
    }
}
