using System.Text;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// Builds the conversation that asks an LLM for a section. The prompts of the paper are not published; what it says of them is kept (all of
/// the entities and no others, then a summary of FINDINGS), the wording in <c>llm/prompts</c> is our own.
/// </summary>
internal static class PromptTemplates
{
    /// <summary>The prompts by the names of their files.</summary>
    private static readonly Dictionary<string, string> _texts = new[] { "system", "findings", "impression", "impression-all", "again" }
        .ToDictionary(name => name, ReadTemplate, StringComparer.Ordinal);

    /// <summary>Version, raised with every change of their words, and digest.</summary>
    public static PromptSet Set { get; } = new("2", Sha256Digest.HexOf(
        string.Join('\n', _texts.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value))));

    /// <summary>The system prompt and the request; after a rejected attempt also its text and what was wrong with it.</summary>
    public static List<ChatTurn> BuildConversation(SectionRequest section)
    {
        var name = section.Step == ReportStep.Findings ? "findings" : section.Request.Impression == ImpressionStyle.All
            ? "impression-all" : "impression";
        var request = _texts[name].Replace("{entities}", ListEntities(section.Wanted), StringComparison.Ordinal)
            .Replace("{findings}", section.Findings?.Text ?? "", StringComparison.Ordinal);
        var conversation = new List<ChatTurn> { new("system", _texts["system"]), new("user", request) };
        if (section.Rejected is not { } rejected || rejected.Fault is { Name: AnswerFaultNames.Context })
            return conversation; // with the refused text it was too long
        conversation.Add(new ChatTurn("assistant", rejected.Text));
        conversation.Add(new ChatTurn("user",
            _texts["again"].Replace("{problems}", DescribeProblems(rejected, section), StringComparison.Ordinal)));
        return conversation;
    }

    private static string ListEntities(IReadOnlyList<Entity> entities)
    {
        var text = new StringBuilder();
        foreach (var (title, list) in new[]
        {
            ("present", entities.Where(e => e.IsFinding && !e.IsNegative)),
            ("absent or normal", entities.Where(e => e.IsNegative)),
            ("places", entities.Where(e => !e.IsFinding)),
        })
        {
            if (list.Any())
                text.Append("- ").Append(title).Append(": ").AppendJoin("; ", list.Select(WordingOf)).Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    private static string DescribeProblems(ReportAttempt rejected, SectionRequest section)
    {
        var known = section.Request.Entities.Concat(section.Request.Glossary).DistinctBy(e => e.Id)
            .ToDictionary(e => e.Id, StringComparer.Ordinal);
        // A finding of the set that the text only calls possible is among the extras, under its own id.
        var hedged = rejected.Extra.Where(id => section.Wanted.Any(e => e.Id == id)).ToList();
        var lines = new List<string>();
        Add("It does not say", rejected.Missing.Except(hedged));
        Add("It hedges about what must be stated plainly", hedged);
        Add("It says what was not asked for; leave it out", rejected.Extra.Except(hedged));
        if (rejected.Fault is { } fault)
            lines.Add($"It {fault.Problem}.");
        return string.Join('\n', lines);

        void Add(string problem, IEnumerable<string> ids)
        {
            if (ids.Any())
                lines.Add($"{problem}: {string.Join("; ", ids.Select(WordingOfId))}.");
        }

        string WordingOfId(string id) =>
            known.TryGetValue(id, out var entity) || EntityVocabulary.Shipped.TryGet(id, out entity) ? WordingOf(entity) : id;
    }

    private static string ReadTemplate(string name)
    {
        using var text = new StreamReader(typeof(PromptTemplates).Assembly.GetManifestResourceStream($"report/{name}.txt")!);
        return text.ReadToEnd().ReplaceLineEndings("\n").Trim();
    }

    private static string WordingOf(Entity entity) => entity.IsNegative && !entity.IsNormalStatement ? "no " + entity.Term : entity.Term;
}
