using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Says a field of a request as the option or argument that it came from. The mesh names what is wrong by the field of its contract,
/// <c>spec.sources[0].labels</c>; somebody who typed <c>--labels</c> never saw that field.
/// </summary>
internal sealed class FieldOptionTranslator
{
    private readonly List<(Regex Field, string Option)> _rules;

    /// <param name="options">The path of a field, without indices, and the option or argument that it comes from.</param>
    public FieldOptionTranslator(IReadOnlyDictionary<string, string> options) =>
        _rules = [.. options.OrderByDescending(o => o.Key.Length).Select(o => (ToPattern(o.Key), o.Value))];

    /// <summary>For commands whose arguments are the contract's own.</summary>
    public static FieldOptionTranslator None { get; } = new(new Dictionary<string, string>());

    /// <summary>A message or the path of a field, with options in the place of fields.</summary>
    public string ToOptions(string text) => _rules.Aggregate(text, (t, rule) => rule.Field.Replace(t, rule.Option));

    /// <summary>A path with or without indices, as a whole: not as a part of another path.</summary>
    private static Regex ToPattern(string path) =>
        new($@"(?<![\w.\-/]){Regex.Escape(path).Replace(@"\.", @"(\[\d+\])?\.", StringComparison.Ordinal)}(\[\d+\])?(?![\w\[]|\.\w)");
}
