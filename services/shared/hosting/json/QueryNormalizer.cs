using System.Globalization;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>
/// Reads the query of a JSON call by the descriptor of its request. JSON transcoding drops parameters that it doesn't know, and says a
/// value that it can't read in .NET's words.
/// </summary>
internal static partial class QueryNormalizer
{
    /// <param name="query">As the caller wrote it.</param>
    /// <param name="request">The type of the request.</param>
    /// <param name="rule">How the method is bound to HTTP.</param>
    /// <returns>The query with each value in the one form that JSON transcoding reads.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: a parameter is no field, is given elsewhere, or has a wrong value.</exception>
    public static QueryCollection Normalize(IQueryCollection query, MessageDescriptor request, HttpRule rule)
    {
        var given = PathFieldPattern().Matches(GetPath(rule)).Select(m => m.Groups[1].Value).Append(rule.Body).ToHashSet();
        var normal = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in query)
        {
            var path = EchoedText.Shorten(name);
            if (rule.Body == JsonRequestMiddleware.WholeMessage)
                throw MeshException.Invalid(path, "Has no effect in the query: this method takes its fields in the body.");
            var field = FindField(name, request, path, out var fullName);
            if (given.Contains(fullName))
                throw MeshException.Invalid(path, "Has no effect in the query: it is given by the path or the body.");
            if (values.Count > 1 && !field.IsRepeated)
                throw MeshException.Invalid(path, string.Create(CultureInfo.InvariantCulture,
                    $"Is given {values.Count} times, and takes one value."));
            normal[name] = values.Select(v => NormalizeValue(field, v ?? "", path)).ToArray();
        }

        return new QueryCollection(normal);
    }

    private static FieldDescriptor FindField(string name, MessageDescriptor request, string path, out string fullName)
    {
        FieldDescriptor? field = null;
        var names = new List<string>();
        foreach (var part in name.Split('.'))
        {
            if (field is not null && (field.IsRepeated || field.FieldType != FieldType.Message))
                throw MeshException.Invalid(path, "Is not a field: what is before the dot has no fields.");
            field = JsonFieldMapping.FindField(field?.MessageType ?? request, part, path);
            names.Add(field.Name);
        }

        fullName = string.Join('.', names);
        return field!;
    }

    private static string NormalizeValue(FieldDescriptor field, string text, string path)
    {
        if (field.FieldType == FieldType.Message)
        {
            return JsonWellKnownTypes.TryNormalizeText(text, field.MessageType, path)
                ?? throw MeshException.Invalid(path, "Can't be given in a query, since it has fields of its own.");
        }

        return JsonScalarMapping.Normalize(field, text, isName: false)
            ?? throw MeshException.Invalid(path, $"Must be {JsonScalarMapping.Describe(field)}, not '{EchoedText.Shorten(text)}'.");
    }

    private static string GetPath(HttpRule rule) => rule.PatternCase switch
    {
        HttpRule.PatternOneofCase.Get => rule.Get,
        HttpRule.PatternOneofCase.Put => rule.Put,
        HttpRule.PatternOneofCase.Post => rule.Post,
        HttpRule.PatternOneofCase.Delete => rule.Delete,
        HttpRule.PatternOneofCase.Patch => rule.Patch,
        _ => rule.Custom?.Path ?? "",
    };

    /// <summary>The fields in a path: <c>/v1/{name=datasets/*}</c>.</summary>
    [GeneratedRegex(@"\{([^}=]+)")]
    private static partial Regex PathFieldPattern();
}
