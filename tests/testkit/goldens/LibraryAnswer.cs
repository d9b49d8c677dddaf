using System.Globalization;
using System.Text.Json;

namespace SynCxr.Mesh.Testkit.Goldens;

/// <summary>
/// What a library answered: <c>{"value": ...}</c> or <c>{"error": ...}</c>. NaN and infinities are strings.
/// </summary>
public static class LibraryAnswer
{
    /// <summary>The value, or null where it answered by an error.</summary>
    public static JsonElement? Value(JsonElement answer) => answer.TryGetProperty("value", out var value) ? value : null;

    public static double ToDouble(JsonElement number) =>
        number.ValueKind == JsonValueKind.String ? double.Parse(number.GetString()!, CultureInfo.InvariantCulture) : number.GetDouble();

    public static double[] ToDoubles(JsonElement numbers) => [.. numbers.EnumerateArray().Select(ToDouble)];

    /// <summary>The first number of a value that may lie in lists, as a batch of one.</summary>
    public static double FirstNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? FirstNumber(value[0]) : ToDouble(value);

    /// <exception cref="InvalidDataException">The two differ by more than a share of what was expected.</exception>
    public static void CheckClose(double expected, double ours, double relative, double absolute = 0)
    {
        var isClose = expected.Equals(ours) || Math.Abs(expected - ours) <= Math.Max(relative * Math.Abs(expected), absolute);
        if (!isClose)
            throw new InvalidDataException($"{ours:R} here and {expected:R} there");
    }

    /// <summary>Holds what we compute against an answer; where that is an error or NaN, we must refuse or say NaN.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void Check(JsonElement answer, Func<double> compute, double relative, double absolute = 0)
    {
        double ours;
        try
        {
            ours = compute();
        }
        catch (ArgumentException refusal) when (Value(answer) is not { } value || double.IsNaN(FirstNumber(value)))
        {
            if (refusal.Message.Length == 0)
                throw;
            return;
        }

        CheckClose(Value(answer) is { } number ? FirstNumber(number) : double.NaN, ours, relative, absolute);
    }
}
