using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.SealedDatasets.Json;

/// <summary>What a JSON value must be, so that a reader can say in one sentence where another one stands.</summary>
/// <param name="typeName">The type as FORMAT.md calls it.</param>
/// <param name="description">The type in a sentence: "an integer from 1 to 50".</param>
internal abstract class JsonShape(string typeName, string description)
{
    public string TypeName => typeName;

    /// <summary>The first value that is not as it must be.</summary>
    /// <param name="value">Null is the JSON null.</param>
    /// <param name="path">Where the value stands: <c>files[2].path</c>.</param>
    /// <returns>The end of a sentence that begins with the file's name; null where there is none.</returns>
    public abstract string? FindProblem(JsonNode? value, string path);

    protected string Mismatch(JsonNode? value, string path) => $"has {Show(value)} in '{path}', where {description} must stand";

    /// <summary>What the value is; never what it holds.</summary>
    private static string Show(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "an object",
        JsonArray => "an array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            _ => "true or false",
        },
    };
}

/// <summary>A text; where a test is given, one that passes it.</summary>
internal sealed class TextShape(string description = "a text", Func<string, bool>? isValid = null) : JsonShape("text", description)
{
    public static TextShape Choice(params string[] names) => new(
        $"'{string.Join("', '", names[..^1])}' or '{names[^1]}'", text => names.Contains(text, StringComparer.Ordinal));

    public override string? FindProblem(JsonNode? value, string path) =>
        value?.GetValueKind() == JsonValueKind.String && isValid?.Invoke(value.GetValue<string>()) != false ? null : Mismatch(value, path);
}

/// <summary>A whole number in a range that every reader's numbers hold.</summary>
internal sealed class IntegerShape(long least, long most = int.MaxValue)
    : JsonShape("integer", string.Create(CultureInfo.InvariantCulture, $"an integer from {least} to {most}"))
{
    public override string? FindProblem(JsonNode? value, string path) =>
        value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() is var number && Math.Floor(number) == number
            && number >= least && number <= most ? null : Mismatch(value, path);
}

/// <summary>Any number.</summary>
internal sealed class NumberShape() : JsonShape("number", "a number")
{
    public override string? FindProblem(JsonNode? value, string path) =>
        value?.GetValueKind() == JsonValueKind.Number ? null : Mismatch(value, path);
}

/// <summary>True or false.</summary>
internal sealed class FlagShape() : JsonShape("flag", "true or false")
{
    public override string? FindProblem(JsonNode? value, string path) =>
        value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : Mismatch(value, path);
}

/// <summary>Null, or what another shape says.</summary>
internal sealed class NullableShape(JsonShape inner) : JsonShape(inner.TypeName, "")
{
    public override string? FindProblem(JsonNode? value, string path) => value is null ? null : inner.FindProblem(value, path);
}

/// <summary>An array of equal items.</summary>
internal sealed class ListShape(JsonShape item) : JsonShape("array", "an array")
{
    public JsonShape Item => item;

    public override string? FindProblem(JsonNode? value, string path) => value is not JsonArray items
        ? Mismatch(value, path)
        : items.Select((one, i) => item.FindProblem(one, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")))
            .FirstOrDefault(problem => problem is not null);
}

/// <summary>An object with members of any names and equal values.</summary>
internal sealed class MapShape(JsonShape item) : JsonShape("object", "an object")
{
    public override string? FindProblem(JsonNode? value, string path) => value is not JsonObject members
        ? Mismatch(value, path)
        : members.Select(m => item.FindProblem(m.Value, $"{path}.{EchoedText.Shorten(m.Key)}"))
            .FirstOrDefault(problem => problem is not null);
}

/// <summary>An object whose members are told by something else: any, or those that pass a test.</summary>
internal sealed class OpenObjectShape(string description = "an object", Func<JsonObject, bool>? isValid = null)
    : JsonShape("object", description)
{
    public override string? FindProblem(JsonNode? value, string path) =>
        value is JsonObject members && isValid?.Invoke(members) != false ? null : Mismatch(value, path);
}

/// <summary>A member of an <see cref="ObjectShape"/>.</summary>
/// <param name="MayLack">Whether an object without it is one as well.</param>
internal sealed record JsonMember(string Name, JsonShape Shape, bool MayLack = false);

/// <summary>An object with these members and no other.</summary>
internal sealed class ObjectShape(params IReadOnlyList<JsonMember> members) : JsonShape("object", "an object")
{
    public IReadOnlyList<JsonMember> Members => members;

    public override string? FindProblem(JsonNode? value, string path)
    {
        if (value is not JsonObject found)
            return Mismatch(value, path);
        var prefix = path.Length == 0 ? "" : path + ".";
        if (found.Select(m => m.Key).FirstOrDefault(name => members.All(m => m.Name != name)) is { } unknown)
            return $"has the member '{prefix}{EchoedText.Shorten(unknown)}', which the format does not know";
        foreach (var member in members)
        {
            if (found.TryGetPropertyValue(member.Name, out var one))
            {
                if (member.Shape.FindProblem(one, prefix + member.Name) is { } problem)
                    return problem;
            }
            else if (!member.MayLack)
            {
                return $"has no member '{prefix}{member.Name}'";
            }
        }

        return null;
    }
}
