using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf.Reflection;

namespace SynCxr.Mesh.Gateway;

/// <summary>Which calls are answered with a stream, by their gRPC path, or by the verb and path of their HTTP rule.</summary>
internal static partial class ServerStreamTable
{
    private static readonly IReadOnlyList<MethodDescriptor> _streams =
        [.. GatewayHost.Contracts.SelectMany(service => service.Methods).Where(method => method.IsServerStreaming)];

    private static readonly FrozenSet<string> _grpcPaths =
        _streams.Select(method => $"/{method.Service.FullName}/{method.Name}").ToFrozenSet(StringComparer.Ordinal);

    private static readonly IReadOnlyList<(string Verb, Regex Path)> _jsonRules =
        [.. _streams.Select(method => method.GetOptions()?.GetExtension(AnnotationsExtensions.Http)).OfType<HttpRule>().Select(ReadRule)];

    public static bool Contains(HttpRequest request) => _grpcPaths.Contains(request.Path.Value ?? "")
        || _jsonRules.Any(rule => HttpMethods.Equals(rule.Verb, request.Method) && rule.Path.IsMatch(request.Path.Value ?? ""));

    private static (string Verb, Regex Path) ReadRule(HttpRule rule)
    {
        var (verb, template) = rule.PatternCase == HttpRule.PatternOneofCase.Get ? (HttpMethods.Get, rule.Get)
            : (HttpMethods.Post, rule.Post); // the contracts use no other verb
        var path = Regex.Escape(VariablePattern().Replace(template, "$1")).Replace("\\*", "[^/]+", StringComparison.Ordinal);
        return (verb, new Regex($"\\A{path}\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking));
    }

    /// <summary><c>{name=datasets/*}</c>: a field, and the form of its value.</summary>
    [GeneratedRegex(@"\{[^=}]+=([^}]+)\}")]
    private static partial Regex VariablePattern();
}
