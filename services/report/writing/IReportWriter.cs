using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>What a model is asked to write.</summary>
/// <param name="Request">The whole request.</param>
/// <param name="Step">The section.</param>
/// <param name="Attempt">Counts from 1 within the step.</param>
/// <param name="Wanted">The entities that the section must hold.</param>
/// <param name="Findings">The accepted FINDINGS, when the IMPRESSION is asked for.</param>
/// <param name="Rejected">The attempt before this one at the same step, with what it missed and added; null at the first.</param>
public sealed record SectionRequest(
    ReportRequest Request, ReportStep Step, int Attempt, IReadOnlyList<Entity> Wanted, ReportAttempt? Findings, ReportAttempt? Rejected);

/// <summary>Writes the sections of a report. Named in requests and in the setting <c>Report:Writer</c>.</summary>
public interface IReportWriter
{
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>True when the same task gives the same text.</summary>
    bool Deterministic { get; }

    /// <summary>The section, piece by piece.</summary>
    IAsyncEnumerable<string> WriteAsync(SectionRequest task, CancellationToken cancellation);
}

/// <summary>The writers by name, each with what makes it from the settings: null where they do not set it up.</summary>
public static class ReportWriterNames
{
    /// <summary>
    /// Clinical phrase grammar: no weights, no network, deterministic. For tests, demonstrations and as the baseline of any LLM.
    /// </summary>
    public const string Grammar = "grammar";

    /// <summary>
    /// Any server that speaks OpenAI's chat completions (vLLM, llama.cpp, TGI): for prose of real variety, at the price of repeats.
    /// </summary>
    public const string OpenAi = "openai";

    /// <summary>A GGUF model in this process, in a build with <c>-p:LLamaSharp=true</c>: for one machine without a server.</summary>
    public const string LlamaSharp = "llamasharp";

    /// <summary>Every writer that this build holds.</summary>
    internal static FrozenDictionary<string, Func<IServiceProvider, IReportWriter?>> ByName { get; } = new Dictionary<string,
        Func<IServiceProvider, IReportWriter?>>
    {
        [Grammar] = _ => new GrammarWriter(),
        [OpenAi] = services => OpenAiWriterFactory.Create(services.GetRequiredService<IOptions<OpenAiOptions>>().Value),
#if LLAMASHARP
        [LlamaSharp] = services => LlamaSharpWriter.Open(services.GetRequiredService<IOptions<LlamaSharpOptions>>().Value),
#endif
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
