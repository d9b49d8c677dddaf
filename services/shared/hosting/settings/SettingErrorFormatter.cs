using System.Text.RegularExpressions;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>Turns an exception at start into one line for the person who gave the wrong setting.</summary>
public static partial class SettingErrorFormatter
{
    /// <summary>One line that names the setting; null when the exception is not about a setting.</summary>
    public static string? TryDescribe(Exception error) => error switch
    {
        AggregateException all when all.InnerExceptions.All(e => TryDescribe(e) is not null) =>
            string.Join("; ", all.InnerExceptions.Select(TryDescribe)),
        OptionsValidationException wrong => string.Join("; ", wrong.Failures.Select(f => WithSection(wrong.OptionsType, f))),
        MeshException { Reason.Status: StatusCode.InvalidArgument } refused => refused.Message,
        StartException problem => problem.Message,
        // The configuration binder has no exception type of its own; its message names value, setting and type.
        InvalidOperationException when ConversionPattern().Match(error.Message) is { Success: true } match =>
            $"{match.Groups[2].Value}: '{match.Groups[1].Value}' can't be read as the value of this setting",
        _ => null,
    };

    /// <summary>A generated validator says <c>MaxAttempts: …</c>; a person wrote <c>Report:MaxAttempts</c>.</summary>
    private static string WithSection(Type options, string failure) =>
        SettingKeys.GetSection(options) is { } section && PropertyPattern().Match(failure) is { Success: true } match
            && options.GetProperty(match.Groups[1].Value) is not null
            ? $"{section}:{failure}"
            : failure;

    [GeneratedRegex(@"\AFailed to convert configuration value '(.*)' at '([^']*)' to type", RegexOptions.Singleline)]
    private static partial Regex ConversionPattern();

    [GeneratedRegex(@"\A(\w+): ")]
    private static partial Regex PropertyPattern();
}
