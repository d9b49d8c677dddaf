using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Digests;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>One question to a chat model that sees.</summary>
/// <param name="Name">As verdicts name it: "is_frontal".</param>
/// <param name="Wording">What the model is asked.</param>
internal sealed record JudgeQuestion(string Name, string Wording);

/// <summary>
/// What a chat model is asked of an image: the six questions of the paper (its section on curation) in <c>questions.tsv</c>, and how they
/// are put in <c>prompts</c>.
/// </summary>
internal static class JudgeQuestions
{
    private static readonly string _table = Read("questions.tsv");

    private static readonly Dictionary<string, string> _prompts = new[] { "one", "one-again", "all", "all-again" }
        .ToDictionary(name => name, name => Read($"prompts/{name}.txt").Trim(), StringComparer.Ordinal);

    /// <summary>Version, raised with every change of their words, and digest of questions and prompts.</summary>
    public static PromptSet Set { get; } = new("1", Sha256Digest.HexOf(
        string.Join('\n', _prompts.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value).Prepend(_table))));

    /// <summary>The questions, in the order in which verdicts hold their answers.</summary>
    public static IReadOnlyList<JudgeQuestion> All { get; } =
        [.. _table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'))
            .Select(cells => new JudgeQuestion(cells[0], cells[1]))];

    /// <summary>What asks several questions in one turn, numbered from 1.</summary>
    public static string AskAll { get; } = _prompts["all"].Replace("{questions}",
        string.Join('\n', All.Select((q, i) => FormattableString.Invariant($"{i + 1}. {q.Wording}"))), StringComparison.Ordinal);

    /// <summary>What asks for the answers of <see cref="AskAll"/> once more.</summary>
    public static string AskAllAgain => _prompts["all-again"];

    /// <summary>What asks for the answer of <see cref="BuildPrompt"/> once more.</summary>
    public static string AskAgain => _prompts["one-again"];

    /// <summary>What asks one question in a turn of its own.</summary>
    public static string BuildPrompt(JudgeQuestion question) => $"{question.Wording} {_prompts["one"]}";

    private static string Read(string name)
    {
        using var text = new StreamReader(typeof(JudgeQuestions).Assembly.GetManifestResourceStream($"judge/{name}")!);
        return text.ReadToEnd().ReplaceLineEndings("\n");
    }
}
