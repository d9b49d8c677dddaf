using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets.Json;

/// <summary>
/// Numbers as ECMAScript's <c>Number.prototype.toString</c> spells them (ECMA-262, 6.1.6.1.20), which RFC 8785 section 3.2.2.3 asks for.
/// </summary>
public static class CanonicalNumber
{
    /// <summary>The largest integer up to which every integer is a double.</summary>
    public const long MaxInteger = 9_007_199_254_740_992;

    /// <exception cref="ArgumentException">NaN and infinities have no JSON form.</exception>
    public static string Format(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException($"{value} has no JSON form", nameof(value));
        if (value == 0)
            return "0";
        // "E16" would not be the shortest; "R" is, in one of two layouts: take its digits and exponent apart and lay them out anew.
        var text = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa : mantissa[..point];
        var all = point < 0 ? mantissa : whole + mantissa[(point + 1)..];
        var leading = all.Length - all.TrimStart('0').Length;
        var digits = all.Trim('0');
        var n = whole.Length + exponent - leading; // the value is 0.digits x 10^n
        return (value < 0 ? "-" : "") + PlaceDigits(digits, n);
    }

    private static string PlaceDigits(string digits, int n)
    {
        var k = digits.Length;
        if (k <= n && n <= 21)
            return digits + new string('0', n - k);
        if (n is > 0 and <= 21)
            return $"{digits[..n]}.{digits[n..]}";
        if (n is > -6 and <= 0)
            return $"0.{new string('0', -n)}{digits}";
        var power = n - 1;
        var sign = power < 0 ? "-" : "+";
        var head = k == 1 ? digits : $"{digits[..1]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{head}e{sign}{Math.Abs(power)}");
    }
}
