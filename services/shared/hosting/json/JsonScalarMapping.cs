using System.Buffers.Text;
using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>
/// The scalars of protobuf's JSON mapping: every text that the mapping takes for a value becomes the one text that JSON transcoding reads.
/// Source: https://protobuf.dev/programming-guides/json/.
/// </summary>
internal static partial class JsonScalarMapping
{
    private static readonly string[] _namedNumbers = ["NaN", "Infinity", "-Infinity"];

    /// <summary>The value in its one form; null for a text that is no value of the field.</summary>
    /// <param name="field">A field of a scalar type.</param>
    /// <param name="text">As the caller wrote it, without quotes.</param>
    /// <param name="isName">For an enum: the text must be a name, since it was quoted.</param>
    public static string? Normalize(FieldDescriptor field, string text, bool isName) => field.FieldType switch
    {
        FieldType.String => text,
        FieldType.Bool => text is "true" or "false" ? text : null,
        FieldType.Bytes => NormalizeBase64(text),
        FieldType.Enum => NormalizeEnum(field.EnumType, text, isName),
        FieldType.Double or FieldType.Float => NormalizeNumber(field.FieldType, text),
        _ => NormalizeWhole(field.FieldType, text),
    };

    /// <summary>What a field takes, as the end of a sentence.</summary>
    public static string Describe(FieldDescriptor field)
    {
        if (field.FieldType is FieldType.Enum)
            return $"one of {string.Join(", ", field.EnumType.Values.Where(v => v.Number != 0).Select(v => v.Name))}";
        if (IsWhole(field.FieldType))
        {
            var (least, most) = GetLimits(field.FieldType);
            return string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
        }

        return field.FieldType switch
        {
            FieldType.String => "text",
            FieldType.Bool => "true or false",
            FieldType.Bytes => "bytes in base64",
            _ => "a number",
        };
    }

    public static bool IsWhole(FieldType type) => type is not (FieldType.String or FieldType.Bool or FieldType.Bytes or FieldType.Enum
        or FieldType.Double or FieldType.Float or FieldType.Message or FieldType.Group);

    /// <summary>True for the whole numbers that JSON writes as text, since JavaScript's numbers would lose their last digits.</summary>
    public static bool IsLong(FieldType type) => IsWhole(type) && GetLimits(type).Most > uint.MaxValue;

    /// <summary>True for the numbers that JSON has no number for.</summary>
    public static bool IsNamedNumber(string text) => _namedNumbers.Contains(text);

    private static string? NormalizeWhole(FieldType type, string text)
    {
        // 5.0 and 5e0 are whole; a decimal holds every 64-bit number exactly
        if (!NumberPattern().IsMatch(text) || !decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return null;
        var (least, most) = GetLimits(type);
        var isTooSmallForDecimal = value == 0 && double.Parse(text, CultureInfo.InvariantCulture) != 0;
        return isTooSmallForDecimal || value != decimal.Truncate(value) || value < least || value > most
            ? null : value.ToString("0", CultureInfo.InvariantCulture);
    }

    private static string? NormalizeNumber(FieldType type, string text)
    {
        if (IsNamedNumber(text))
            return text;
        if (!NumberPattern().IsMatch(text))
            return null;
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        return double.IsFinite(value) && (type == FieldType.Double || float.IsFinite((float)value)) ? text : null;
    }

    private static string? NormalizeEnum(EnumDescriptor type, string text, bool isName)
    {
        if (type.FindValueByName(text) is not null)
            return text;
        if (isName || !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return null;
        return type.FindValueByNumber(number)?.Name;
    }

    /// <summary>Both alphabets, with and without padding, as one.</summary>
    private static string? NormalizeBase64(string text)
    {
        var usual = text.Replace('-', '+').Replace('_', '/');
        usual = usual.PadRight((usual.Length + 3) / 4 * 4, '=');
        return !usual.AsSpan().ContainsAny(" \t\r\n") && Base64.IsValid(usual) ? usual : null;
    }

    private static (decimal Least, decimal Most) GetLimits(FieldType type) => type switch
    {
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int.MinValue, int.MaxValue),
        FieldType.UInt32 or FieldType.Fixed32 => (0, uint.MaxValue),
        FieldType.UInt64 or FieldType.Fixed64 => (0, ulong.MaxValue),
        _ => (long.MinValue, long.MaxValue),
    };

    /// <summary>A number as JSON writes one.</summary>
    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex NumberPattern();
}
