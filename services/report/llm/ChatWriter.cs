using System.Runtime.CompilerServices;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Report.Writing.Form;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// A writer that asks a chat model. Not deterministic: neither a server nor another processor promises the same text for the same seed, so
/// the first text that a pair commits is the one that stays. The digest covers the model's settings, the prompts and the rules of form.
/// </summary>
/// <param name="name">One of <see cref="ReportWriterNames"/>.</param>
internal sealed class ChatWriter(string name, IChatModel model) : IReportWriter, IAsyncDisposable
{
    public string Name => name;

    public string Version => model.Name;

    public string Digest { get; } = Sha256Digest.HexOf(
        string.Join('\n', name, model.Name, model.Settings, PromptTemplates.Set.Version, PromptTemplates.Set.Digest, FormRules.Digest));

    public bool Deterministic => false;

    public int? Concurrency => model.Concurrency;

    public PromptSet Prompts => PromptTemplates.Set;

    public async IAsyncEnumerable<AnswerPiece> WriteAsync(SectionRequest section, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new ChatRequest(PromptTemplates.BuildConversation(section), SamplingSeed(section),
            model.TakesGrammar ? SectionGbnf.Build(section) : null);
        await foreach (var piece in model.AnswerAsync(request, cancellation))
            yield return piece;
    }

    public ValueTask DisposeAsync() => model.DisposeAsync();

    private static int SamplingSeed(SectionRequest section) =>
        (int)(new SplitMix64(section.Request.Seed ^ ((ulong)section.Step << 32) ^ (uint)section.Attempt).Next() >> 33);
}
