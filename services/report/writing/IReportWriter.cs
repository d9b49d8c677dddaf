using System.Collections.Frozen;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.OpenAi;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>One attempt at one section, as a writer is asked for it.</summary>
/// <param name="Request">The request for the whole report.</param>
/// <param name="Step">The section that is to be written.</param>
/// <param name="Attempt">Number of the attempt, from 1 in each section.</param>
/// <param name="Wanted">The entities that the section must hold.</param>
/// <param name="Findings">The accepted FINDINGS; null while they are being written.</param>
/// <param name="Rejected">The rejected attempt before this one at the same section; null at the first attempt.</param>
public sealed record SectionRequest(
    ReportRequest Request, ReportStep Step, int Attempt, IReadOnlyList<Entity> Wanted, ReportAttempt? Findings, ReportAttempt? Rejected);

/// <summary>Writes the sections of a report. Requests name a writer; the setting <c>Report:Writer</c> names the default.</summary>
public interface IReportWriter
{
    /// <summary>One of <see cref="ReportWriterNames"/>.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>True when the same request always gives the same text.</summary>
    bool Deterministic { get; }

    /// <summary>Reports that it works on at a time, at most; null for as many as the service takes.</summary>
    int? Concurrency => null;

    /// <summary>The prompts that it asks a model with; null where it asks none.</summary>
    PromptSet? Prompts => null;

    /// <summary>Writes a section, piece by piece.</summary>
    /// <exception cref="Errors.MeshException">Nothing came of it, and another attempt would fare no better now.</exception>
    IAsyncEnumerable<AnswerPiece> WriteAsync(SectionRequest section, CancellationToken cancellation);
}

/// <summary>The names of the writers.</summary>
public static class ReportWriterNames
{
    /// <summary>
    /// A grammar of clinical phrases: no weights, no network, deterministic. For tests, demonstrations and as the baseline of any LLM.
    /// </summary>
    public const string Grammar = "grammar";

    /// <summary>
    /// Any server that speaks OpenAI's chat completions (vLLM, llama.cpp, TGI): for prose of real variety, at the price of rejected
    /// attempts.
    /// </summary>
    public const string OpenAi = "openai";

    /// <summary>
    /// A GGUF model in this process: for one machine without a server, and where the form of the text must be held by a grammar.
    /// </summary>
    public const string LlamaSharp = "llamasharp";

    /// <summary>The names of the writers that this build holds.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>What makes each writer from the settings; it gives null where the settings do not set the writer up.</summary>
    internal static FrozenDictionary<string, Func<IServiceProvider, IReportWriter?>> ByName { get; } =
        new Dictionary<string, Func<IServiceProvider, IReportWriter?>>
        {
            [Grammar] = _ => new GrammarWriter(),
            [OpenAi] = services => OpenAiWriterFactory.Create(services),
            [LlamaSharp] = services => LlamaSharpWriterFactory.Create(services),
        }.ToFrozenDictionary(StringComparer.Ordinal);
}
