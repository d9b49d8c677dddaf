using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>Settings of the report service. Section <c>Report</c>.</summary>
public sealed class ReportOptions
{
    public const string Section = "Report";

    /// <summary>The writer of requests that name none: one of <see cref="ReportWriterNames"/>. Default <c>grammar</c>.</summary>
    [Required]
    public string Writer { get; set; } = ReportWriterNames.Grammar;

    /// <summary>
    /// The check that each text must pass where a request names none: one of <see cref="EntityCheckNames"/>. Default <c>lexicon</c>.
    /// </summary>
    [Required]
    public string Check { get; set; } = EntityCheckNames.Lexicon;

    /// <summary>Requests that are served at the same time, 1 to 1,024. Default 16.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = 16;

    /// <summary>
    /// Requests that may wait, 1 to 100,000; the next one is refused with a retry-after. The last quarter of the places is kept for
    /// requests that come back after a refusal. Default 256.
    /// </summary>
    [Range(1, 100_000)]
    public int QueueLimit { get; set; } = 256;

    /// <summary>Attempts for each of the two steps, for requests that give no number, 1 to 20. Default 5.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 5;
}

[OptionsValidator]
internal sealed partial class ReportOptionsValidator : IValidateOptions<ReportOptions>;

/// <summary>Refuses the names of writers and checks that this build does not hold.</summary>
internal sealed class ReportOptionsRules : IValidateOptions<ReportOptions>
{
    public ValidateOptionsResult Validate(string? name, ReportOptions options)
    {
        var problems = new List<string>();
        if (!ReportWriterNames.ByName.ContainsKey(options.Writer))
            problems.Add($"Report:Writer is '{options.Writer}'; it must be one of {string.Join(", ", ReportWriterNames.All)}.");
        if (!EntityCheckNames.ByName.ContainsKey(options.Check))
            problems.Add($"Report:Check is '{options.Check}'; it must be one of {string.Join(", ", EntityCheckNames.All)}.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
