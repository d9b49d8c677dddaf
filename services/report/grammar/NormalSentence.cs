using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>A normal statement in words: a clause (<c>the lungs are clear</c>) where the vocabulary has one, else a phrase.</summary>
internal readonly record struct NormalSentence(string Text, bool IsClause)
{
    /// <summary>Words that refer to an earlier sentence or an earlier study, which a synthetic report does not have.</summary>
    private static readonly string[] _earlier = ["otherwise", "remain", "unchanged", "stable", "again", "still"];

    private static readonly string[] _verbs = [" is ", " are ", " appear ", " appears ", " remain ", " remains "];

    public static NormalSentence Choose(Entity entity, SplitMix64 stream)
    {
        var wordings = entity.Synonyms.Where(s => !Array.Exists(_earlier, s.Contains)).ToList();
        var clauses = wordings.Where(s => Array.Exists(_verbs, v => s.Contains(v, StringComparison.Ordinal))).ToList();
        if (clauses.Count > 0 && stream.Chance(80))
        {
            var clause = stream.Pick(clauses);
            var takesThe = !clause.StartsWith("no ", StringComparison.Ordinal) && !clause.StartsWith("both ", StringComparison.Ordinal)
                && !clause.StartsWith("the ", StringComparison.Ordinal);
            return new NormalSentence(takesThe && stream.Chance(85) ? "the " + clause : clause, true);
        }

        var phrases = wordings.Where(s => !clauses.Contains(s) && HasShapeOfTerm(s, entity)).Append(entity.Term).ToList();
        var phrase = stream.Pick(phrases);
        if (phrase.StartsWith("no ", StringComparison.Ordinal) && stream.Chance(40))
            return new NormalSentence(phrase + stream.Pick([" is seen", " is identified", " is evident", " is present"]), false);
        return new NormalSentence(phrase, false);
    }

    /// <summary>
    /// True for wordings of the term's own shape: for <c>normal heart size</c> <c>normal cardiac size</c>, but not <c>heart size
    /// normal</c>.
    /// </summary>
    private static bool HasShapeOfTerm(string wording, Entity entity)
    {
        var first = wording.Split(' ', 2)[0];
        return first == entity.Term.Split(' ', 2)[0] || first is "normal" or "unremarkable" or "clear" or "intact" or "negative";
    }
}
