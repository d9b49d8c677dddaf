using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>Settings of the check <c>ner</c>. Section <c>Report:Ner</c>.</summary>
public sealed class NerOptions
{
    public const string Section = "Report:Ner";

    /// <summary>
    /// The model: name of a folder below <c>Report:TextModels:Root</c>, or a path, absolute or relative to the program. Default empty: this
    /// replica does not have the check.
    /// </summary>
    public string Model { get; set; } = "";

    /// <summary>How spans are made of labelled tokens: one of <see cref="AggregationNames"/>. Default <c>rate</c>.</summary>
    [Required]
    public string Aggregation { get; set; } = AggregationNames.Rate;

    /// <summary>
    /// Tokens that neighbouring windows of a sentence share where it is longer than the model takes, 0 to 4096; fewer than fit into one.
    /// Default 64.
    /// </summary>
    [Range(0, 4096)]
    public int Stride { get; set; } = 64;

    /// <summary>
    /// What becomes of a span in which no wording of the vocabulary stands: <c>extra</c>, it fails a strict text; or <c>ignore</c>, for
    /// models that call sizes and sides findings too. Default <c>extra</c>.
    /// </summary>
    [Required]
    public string Unlinked { get; set; } = UnlinkedNames.Extra;
}

/// <summary>What can become of a span in which no wording of the vocabulary stands.</summary>
public static class UnlinkedNames
{
    /// <summary>It is a finding that the set does not hold.</summary>
    public const string Extra = "extra";

    /// <summary>Nothing.</summary>
    public const string Ignore = "ignore";

    public static IReadOnlyList<string> All { get; } = [Extra, Ignore];
}

[OptionsValidator]
internal sealed partial class NerOptionsValidator : IValidateOptions<NerOptions>;

/// <summary>Refuses names that mean nothing, and a default check that is not set up.</summary>
internal sealed class NerOptionsRules(IConfiguration configuration) : IValidateOptions<NerOptions>
{
    public ValidateOptionsResult Validate(string? name, NerOptions options)
    {
        var problems = new List<string>();
        if (!AggregationNames.All.Contains(options.Aggregation))
            problems.Add(
                $"Report:Ner:Aggregation is '{options.Aggregation}'; it must be one of {string.Join(", ", AggregationNames.All)}.");
        if (!UnlinkedNames.All.Contains(options.Unlinked))
            problems.Add($"Report:Ner:Unlinked is '{options.Unlinked}'; it must be one of {string.Join(", ", UnlinkedNames.All)}.");
        var isDefault = configuration[$"{ReportOptions.Section}:{nameof(ReportOptions.Check)}"] == EntityCheckNames.Ner;
        if (options.Model.Length == 0 && isDefault)
            problems.Add("Report:Check is 'ner' and Report:Ner:Model is empty; it must name a model folder.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
