using System.Text.Json;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// What <c>scheduler/scheduler_config.json</c> of a diffusers folder holds. A file may be loaded by another class than the one that wrote
/// it, so what a key means, and what its absence means, is the loading class's: <see cref="SchedulerSettings"/>.
/// </summary>
internal sealed class SchedulerConfig
{
    private SchedulerConfig(string path, IReadOnlyDictionary<string, JsonElement> values) => (Path, Values) = (path, values);

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    public IReadOnlyDictionary<string, JsonElement> Values { get; }

    /// <summary>The class that wrote the file, or null where it doesn't say.</summary>
    public string? ClassName => Values.TryGetValue("_class_name", out var name) ? name.GetString() : null;

    /// <exception cref="InvalidDataException">The file is missing or is no JSON object.</exception>
    public static SchedulerConfig Read(string path) =>
        File.Exists(path) ? Parse(path, File.ReadAllBytes(path)) : throw new InvalidDataException($"{path}: is missing");

    /// <param name="path">Named in messages.</param>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static SchedulerConfig Parse(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            using var document = PythonJson.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{path}: must be an object, not {PythonJson.DescribeKind(document.RootElement)}");
            var values = new Dictionary<string, JsonElement>();
            foreach (var property in document.RootElement.EnumerateObject())
                values[property.Name] = property.Value.Clone(); // a key that is given twice has its last value, as in Python
            if (values.TryGetValue("_class_name", out var name) && name.ValueKind != JsonValueKind.String)
                throw new InvalidDataException($"{path}: _class_name must be the name of a class, not {PythonJson.DescribeKind(name)}");
            return new SchedulerConfig(path, values);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {PythonJson.DescribeError(exception)}", exception);
        }
    }
}
