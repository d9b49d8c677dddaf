using System.Text;
using Microsoft.Extensions.AI;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// The conversation that asks an LLM for a section. The paper's own prompts are not published; what is known is kept (all of the entities
/// and no others, then a summary of FINDINGS), the wording in <c>llm/prompts</c> is ours.
/// </summary>
internal static class PromptTemplates
{
    /// <summary>Where each prompt stands, by the name of its file.</summary>
    private static readonly Dictionary<string, string> _texts = new[] { "system", "findings", "impression", "impression-all", "again" }
        .ToDictionary(name => name, ReadTemplate, StringComparer.Ordinal);

    /// <summary>All prompts in one text: what the digest of a writer is taken of.</summary>
    public static string AllText { get; } = string.Join('\n', _texts.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value));

    /// <summary>System, request, and after a refused attempt that text with what was wrong about it.</summary>
    public static List<ChatMessage> BuildConversation(SectionRequest task)
    {
        var name = task.Step == ReportStep.Findings ? "findings" : task.Request.Impression == ImpressionStyle.All
            ? "impression-all" : "impression";
        var request = _texts[name].Replace("{entities}", ListEntities(task.Wanted), StringComparison.Ordinal)
            .Replace("{findings}", task.Findings?.Text ?? "", StringComparison.Ordinal);
        var conversation = new List<ChatMessage> { new(ChatRole.System, _texts["system"]), new(ChatRole.User, request) };
        if (task.Rejected is not { } refused)
            return conversation;
        conversation.Add(new ChatMessage(ChatRole.Assistant, refused.Text));
        conversation.Add(new ChatMessage(ChatRole.User,
            _texts["again"].Replace("{problems}", DescribeProblems(refused, task), StringComparison.Ordinal)));
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

    private static string DescribeProblems(ReportAttempt refused, SectionRequest task)
    {
        var known = task.Request.Entities.Concat(task.Request.Glossary).DistinctBy(e => e.Id)
            .ToDictionary(e => e.Id, StringComparer.Ordinal);
        // A finding of the set that the text calls merely possible is among the extras under its own id.
        var hedged = refused.Extra.Where(id => task.Wanted.Any(e => e.Id == id)).ToList();
        var lines = new List<string>();
        Add("It does not say", refused.Missing.Except(hedged));
        Add("It hedges about what must be stated plainly", hedged);
        Add("It says what was not asked for; leave it out", refused.Extra.Except(hedged));
        if (refused.Text.Length == 0)
            lines.Add("It was empty.");
        return string.Join('\n', lines);

        void Add(string what, IEnumerable<string> ids)
        {
            if (ids.Any())
                lines.Add(
                    $"{what}: "
                        + $"{string.Join("; ", ids.Select(id => known.TryGetValue(id, out var own) || EntityVocabulary.Shipped.TryGet(id, out own) ? WordingOf(own) : id))}.");
        }
    }

    private static string ReadTemplate(string name)
    {
        using var text = new StreamReader(typeof(PromptTemplates).Assembly.GetManifestResourceStream($"report/{name}.txt")!);
        return text.ReadToEnd().ReplaceLineEndings("\n").Trim();
    }

    private static string WordingOf(Entity entity) => entity.IsNegative && !entity.IsNormalStatement ? "no " + entity.Term : entity.Term;
}
