namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// A semicolon ends a sentence, but between the items of a list that an "or" or "and" closes it is a comma:
/// <c>no consolidation; effusion; or pneumothorax</c>.
/// </summary>
internal static class SemicolonRule
{
    /// <summary>Adds what has been read of a sentence, in parts where semicolons end it.</summary>
    public static void Flush(List<ReportToken[]> sentences, List<ReportToken> current)
    {
        var start = 0;
        for (var at = current.FindIndex(t => t.Normalized == ";"); at >= 0; at = current.FindIndex(at + 1, t => t.Normalized == ";"))
        {
            if (IsInList(current, at))
            {
                current[at] = current[at] with { Normalized = "," };
                continue;
            }

            Add(sentences, current, start, at);
            start = at + 1;
        }

        Add(sentences, current, start, current.Count);
        current.Clear();
    }

    private static bool IsInList(List<ReportToken> tokens, int semicolon)
    {
        for (var at = semicolon + 1; at < tokens.Count; at++)
        {
            var isFirst = tokens[at - 1].Normalized == ";";
            var word = tokens[at].Normalized;
            if (isFirst && word is "or" or "nor" or "and")
                return IsBare(tokens, at + 1);
            if (tokens[at].Is(WordRoles.Verb)
                || (isFirst && (tokens[at].Is(WordRoles.New) || word is "no" or "left" or "right" or "there")))
                return false;
        }

        return false;
    }

    /// <summary>Whether the item has no verb and begins no new statement.</summary>
    private static bool IsBare(List<ReportToken> tokens, int start)
    {
        for (var at = start; at < tokens.Count && tokens[at].Normalized != ";"; at++)
        {
            if (tokens[at].Is(WordRoles.Verb) || (at == start && tokens[at].Is(WordRoles.New)))
                return false;
        }

        return true;
    }

    private static void Add(List<ReportToken[]> sentences, List<ReportToken> tokens, int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (!tokens[at].IsWord)
                continue;
            sentences.Add([.. tokens[start..end]]);
            return;
        }
    }
}
