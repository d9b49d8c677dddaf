using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Refuses texts with a NUL character: no database, file name or tokenizer takes one, and each would fail in its own way.
/// </summary>
internal static class RequestTextValidator
{
    private const char Nul = '\0';

    /// <param name="request">A message; anything else is left alone.</param>
    /// <exception cref="MeshException">INVALID_FIELD: names the first field with one.</exception>
    public static void ThrowIfNul(object request)
    {
        if (request is IMessage message && FindNul(message) is { } field)
            throw MeshException.Invalid(field, "Holds a NUL character (U+0000). Leave it out.");
    }

    private static string? FindNul(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType is not (FieldType.String or FieldType.Message))
                continue;
            var value = field.Accessor.GetValue(message);
            var found = value switch
            {
                IDictionary map => FindNul(map),
                IList list => FindNul(list),
                _ => FindNulInValue(value),
            };
            if (found is not null)
                return field.Name + found;
        }

        return null;
    }

    private static string? FindNul(IList list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (FindNulInValue(list[i]) is { } found)
                return string.Create(CultureInfo.InvariantCulture, $"[{i}]{found}");
        }

        return null;
    }

    private static string? FindNul(IDictionary map)
    {
        foreach (DictionaryEntry entry in map)
        {
            if ((FindNulInValue(entry.Key) ?? FindNulInValue(entry.Value)) is { } found)
                return $"[{EchoedText.Shorten(entry.Key.ToString()!)}]{found}";
        }

        return null;
    }

    /// <summary>The rest of the path: empty for a text with a NUL, null where there is none.</summary>
    private static string? FindNulInValue(object? value) => value switch
    {
        string text => text.Contains(Nul, StringComparison.Ordinal) ? "" : null,
        IMessage message => FindNul(message) is { } below ? "." + below : null,
        _ => null,
    };
}
