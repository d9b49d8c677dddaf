using System.Collections.Frozen;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>What a model is asked to write.</summary>
/// <param name="Request">The whole request.</param>
/// <param name="Step">The section.</param>
/// <param name="Attempt">Counts from 1 within the step.</param>
/// <param name="Wanted">The entities that the section must hold.</param>
/// <param name="Findings">The accepted FINDINGS, when the IMPRESSION is asked for.</param>
public sealed record WritingTask(ReportRequest Request, ReportStep Step, int Attempt, IReadOnlyList<Entity> Wanted, ReportAttempt? Findings);

/// <summary>Writes the sections of a report. Named in requests and in the setting <c>Report:Writer</c>.</summary>
public interface IReportModel
{
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>True when the same task gives the same text.</summary>
    bool Deterministic { get; }

    /// <summary>The section, piece by piece.</summary>
    IAsyncEnumerable<string> WriteAsync(WritingTask task, CancellationToken cancellation);
}

/// <summary>The writers by name.</summary>
public static class ReportModels
{
    /// <summary>Clinical phrase grammar: no weights, no network, deterministic. For tests, demonstrations and as the baseline of any LLM.</summary>
    public const string Grammar = "grammar";

    /// <summary>Every writer that this build holds.</summary>
    public static FrozenDictionary<string, IReportModel> All { get; } =
        new IReportModel[] { new GrammarModel() }.ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);
}
