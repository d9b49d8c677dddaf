using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>Puts the salient part of a plan into a few short sentences; the IMPRESSION is the prompt of the image.</summary>
internal sealed class ImpressionGrammar(ReportPlan plan, SplitMix64 stream)
{
    /// <summary>Limit of words for a salient impression: about what fits into the 77 tokens of a CLIP text encoder.</summary>
    public const int MaxWords = 40;

    public string Write(IReadOnlyList<Entity> salient, bool withPlaces)
    {
        var nouns = salient.Select(e => plan.Present.FirstOrDefault(n => n.Entity == e)).OfType<NounPhrase>().ToList();
        var text = string.Join(' ', PresentSentences(nouns, withPlaces));
        if (text.Split(' ').Length > MaxWords - 8)
            text = string.Join(' ', PresentSentences(nouns, false));
        var negatives = salient.Where(e => e.IsNegative && !e.IsNormalStatement).ToList();
        if (text.Length > 0 && negatives.Count == 0 && text.Split(' ').Length < MaxWords - 14 && stream.Chance(40))
            negatives = [.. plan.Absent.Where(a => a.Places.Count == 0).Take(1 + stream.Below(2)).Select(a => a.Entity)];
        var parts = new List<string>();
        if (text.Length > 0)
            parts.Add(text);
        parts.AddRange(
            salient.Where(e => e.IsNormalStatement).Select(e => EnglishWording.Capitalize(NormalSentence.Choose(e, stream).Text) + "."));
        if (negatives.Count > 0)
            parts.Add(SentenceTemplates.Fill("impression-absent", stream, "list",
                EnglishWording.JoinList([.. negatives.Select(e => e.Term)], "or"), "isF", EnglishWording.VerbFor(negatives[0])));
        foreach (var place in salient.Where(e => !e.IsFinding))
            parts.Add(SentenceTemplates.Fill("impression-place", stream, "the", "the " + place.Term, "The", "The " + place.Term));
        return string.Join(' ', parts);
    }

    private List<string> PresentSentences(List<NounPhrase> nouns, bool withPlaces)
    {
        var sentences = new List<string>();
        var remaining = nouns.ToList();
        foreach (var disease in nouns.Where(n => n.Head.Kind == "disease"))
        {
            var sign = disease.Entity.Group == "lung" ? remaining.Find(n => n.IsSign) : null;
            remaining.Remove(disease);
            if (sign is not null && stream.Chance(70))
            {
                remaining.Remove(sign);
                sentences.Add(SentenceTemplates.Fill("impression-explained", stream, "Np1",
                    EnglishWording.Capitalize(WordingOf(sign, withPlaces)), "np2", WordingOf(disease, withPlaces)));
            }
            else
            {
                sentences.Add(SentenceTemplates.Fill("impression-disease", stream, "Np",
                    EnglishWording.Capitalize(WordingOf(disease, withPlaces)), "np", WordingOf(disease, withPlaces)));
            }
        }

        while (remaining.Count > 0)
        {
            var count = Math.Min(remaining.Count, stream.Pick([1, 2, 2]));
            var words = remaining[..count].Select(n => WordingOf(n, withPlaces)).ToList();
            remaining.RemoveRange(0, count);
            sentences.Add(count == 1
                ? SentenceTemplates.Fill("impression-one", stream, "Np", EnglishWording.Capitalize(words[0]), "np", words[0])
                : SentenceTemplates.Fill("impression-pair", stream, "Np1", EnglishWording.Capitalize(words[0]), "np2", words[1]));
        }

        return sentences;
    }

    private static string WordingOf(NounPhrase noun, bool withPlaces) => withPlaces && noun.Places.Count > 0
        ? noun.WithoutArticle + " " + noun.Site : noun.WithoutArticle;
}
