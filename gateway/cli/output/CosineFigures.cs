using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>Cosines of examples, and shares of them, in tables and in JSON.</summary>
internal static class CosineFigures
{
    private static readonly double[] _quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

    /// <summary>The columns of <see cref="ToRow"/>.</summary>
    public static string[] Columns { get; } = ["", "images", "min", "5 %", "25 %", "50 %", "75 %", "95 %", "max"];

    /// <summary>How many cosines there are, and their quantiles.</summary>
    public static string[] ToRow(string label, IReadOnlyList<double> cosines) =>
        [label, $"{cosines.Count}", .. _quantiles.Select(q => Format(Quantile(cosines, q)))];

    /// <summary>Hits of all, the share, and its 95 % interval.</summary>
    public static string Describe(WilsonInterval share) => string.Create(CultureInfo.InvariantCulture,
        $"{share.Hits}/{share.All} = {share.Value:P1} ({share.Low:P1} to {share.High:P1})");

    public static string Format(double cosine) => cosine.ToString("0.0000", CultureInfo.InvariantCulture);

    public static JsonObject ToJson(WilsonInterval share) => new()
    {
        ["count"] = share.Hits,
        ["of"] = share.All,
        ["low"] = share.Low,
        ["high"] = share.High,
    };

    public static JsonObject ToJson(IReadOnlyList<double> cosines) => new()
    {
        ["images"] = cosines.Count,
        ["quantiles"] = new JsonArray([.. _quantiles.Select(q => (JsonNode)Quantile(cosines, q))]),
    };

    /// <summary>Linear between the two nearest, as NumPy's default.</summary>
    private static double Quantile(IReadOnlyList<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        var at = share * (sorted.Length - 1);
        var (low, high) = ((int)Math.Floor(at), (int)Math.Ceiling(at));
        return sorted[low] + ((sorted[high] - sorted[low]) * (at - low));
    }
}
