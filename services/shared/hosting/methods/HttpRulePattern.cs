using System.Text.RegularExpressions;
using Google.Api;

namespace SynCxr.Mesh.Hosting.Methods;

/// <summary>Tells by verb and path whether an HTTP request is a call of a method, by one of its <c>google.api.http</c> rules.</summary>
internal sealed partial class HttpRulePattern
{
    private readonly string _verb;
    private readonly Regex _path;

    private HttpRulePattern(MethodPolicy policy, string verb, string template)
    {
        (Policy, _verb, HasSuffix) = (policy, verb, SuffixPattern().IsMatch(template));
        // {name=datasets/*} is what stands behind the sign, {name} one segment
        var plain = VariablePattern().Replace(template, m => m.Groups[1].Success ? m.Groups[1].Value : "*");
        var pattern = Regex.Escape(plain).Replace(@"\*\*", ".+", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]+", StringComparison.Ordinal);
        _path = new Regex($@"\A{pattern}/?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    /// <summary>The method's policy.</summary>
    public MethodPolicy Policy { get; }

    /// <summary>True for <c>…:cancel</c>: to be asked before a rule whose last segment takes any name.</summary>
    public bool HasSuffix { get; }

    /// <summary>The rules of a method.</summary>
    public static IEnumerable<HttpRulePattern> FromMethod(MethodPolicy policy)
    {
        var rule = policy.Method.GetOptions()?.GetExtension(AnnotationsExtensions.Http);
        return rule is null ? [] : rule.AdditionalBindings.Prepend(rule).Select(r => r.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => new HttpRulePattern(policy, "GET", r.Get),
            HttpRule.PatternOneofCase.Put => new HttpRulePattern(policy, "PUT", r.Put),
            HttpRule.PatternOneofCase.Post => new HttpRulePattern(policy, "POST", r.Post),
            HttpRule.PatternOneofCase.Delete => new HttpRulePattern(policy, "DELETE", r.Delete),
            HttpRule.PatternOneofCase.Patch => new HttpRulePattern(policy, "PATCH", r.Patch),
            _ => throw new InvalidOperationException($"{policy.Path} has an HTTP rule without a path."),
        });
    }

    public bool IsMatch(string verb, string path) => string.Equals(verb, _verb, StringComparison.OrdinalIgnoreCase) && _path.IsMatch(path);

    [GeneratedRegex(@"\{[^=}]+(?:=([^}]+))?\}")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@":[A-Za-z]+\z")]
    private static partial Regex SuffixPattern();
}
