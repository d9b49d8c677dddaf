using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>Puts a plan into the sentences of FINDINGS, which merge findings, in one of the orders that radiologists dictate in.</summary>
internal sealed class FindingsGrammar(ReportPlan plan, SplitMix64 stream)
{
    /// <summary>Orders in which a report can go through the topics of <see cref="ReportPlan.TopicOf"/>.</summary>
    private static readonly int[][] _orders =
    [
        [0, 1, 2, 3, 4, 5], [1, 0, 2, 3, 4, 5], [4, 1, 0, 2, 3, 5], [5, 1, 0, 3, 2, 4], [5, 0, 1, 4, 3, 2], [4, 0, 1, 3, 2, 5],
        [1, 0, 4, 5, 2, 3],
    ];

    /// <summary>A sentence that holds one of these must not get a second negation.</summary>
    private static readonly string[] _negatives = [" without ", " free of ", " no "];

    private readonly List<(int Topic, int Rank, string Text)> _sentences = [];

    public string Write()
    {
        var absent = stream.Shuffled(plan.Absent.Where(a => a.Places.Count == 0));
        AddPresent(absent);
        AddNormal(absent);
        AddAbsent(absent);
        foreach (var sited in plan.Absent.Where(a => a.Places.Count > 0))
            AddSentence(ReportPlan.TopicOf(sited.Entity), 1, AbsentAtSite(sited));
        AddPlaces();
        var order = stream.Pick(_orders);
        return string.Join(' ', _sentences.OrderBy(s => Array.IndexOf(order, s.Topic)).ThenBy(s => s.Rank).Select(s => s.Text));
    }

    /// <summary>A sentence about a single finding.</summary>
    public static string SingleFinding(NounPhrase noun, SplitMix64 stream)
    {
        var key = noun.Head.Kind switch
        {
            "disease" => "disease",
            "device" => "device",
            "history" => "history",
            _ => "present",
        };
        var sited = noun.Places.Count > 0;
        if (sited && key != "history")
            key += "-site";
        return SentenceTemplates.Fill(
            key, stream,
            "np", noun.WithArticle, "Np", EnglishWording.Capitalize(noun.WithArticle), "bare", noun.WithoutArticle, "is", noun.Verb,
            "site", noun.Site, "Site", EnglishWording.Capitalize(noun.Site), "the",
            sited ? EnglishWording.JoinList([.. noun.Places.Select(p => "the " + p.Term)], "and") : "");
    }

    /// <summary>A sentence that explains an abnormality by a disease.</summary>
    public static string ExplainedBy(NounPhrase sign, NounPhrase disease, SplitMix64 stream) => SentenceTemplates.Fill(
        "explained", stream,
        "npA", sign.WithArticle, "NpA", EnglishWording.Capitalize(sign.WithArticle), "isA", sign.Verb,
        "siteA", sign.Places.Count > 0 ? " " + sign.Site : "", "np", disease.WithArticleAndSite);

    private void AddSentence(int topic, int rank, string text) => _sentences.Add((topic, rank, text));

    private void AddPresent(List<NounPhrase> absent)
    {
        var left = stream.Shuffled(plan.Present);
        foreach (var disease in left.Where(n => n.Head.Kind == "disease" && n.Entity.Group == "lung").ToList())
        {
            var sign = left.Find(n => n.IsSign);
            if (sign is null || !stream.Chance(60))
                continue;
            left.Remove(disease);
            left.Remove(sign);
            AddSentence(0, 0, ExplainedBy(sign, disease, stream));
        }

        foreach (var topic in left.GroupBy(n => (ReportPlan.TopicOf(n.Entity), n.Head.Kind == "history")))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var count = topic.Key.Item2 ? 1 : Math.Min(rest.Count, stream.Pick([1, 1, 2, 2, 3]));
                AddSentence(topic.Key.Item1, 0, WithAbsent(MergedFindings(rest[..count]), topic.Key.Item1, absent));
                rest.RemoveRange(0, count);
            }
        }
    }

    private string MergedFindings(List<NounPhrase> nouns) => nouns.Count switch
    {
        1 => SingleFinding(nouns[0], stream),
        2 => SentenceTemplates.Fill(
            "pair", stream, "np1", nouns[0].WithArticleAndSite, "Np1", EnglishWording.Capitalize(nouns[0].WithArticleAndSite), "np2",
            nouns[1].WithArticleAndSite, "is1", nouns[0].Verb, "is2", nouns[1].Verb),
        _ => SentenceTemplates.Fill(
            "triple", stream, "np1", nouns[0].WithArticleAndSite, "Np1", EnglishWording.Capitalize(nouns[0].WithArticleAndSite), "np2",
            nouns[1].WithArticleAndSite, "np3", nouns[2].WithArticleAndSite,
            "is1", nouns[0].Verb, "is3", nouns[2].Verb),
    };

    /// <summary>With some probability adds absent findings of the same topic: <c>... without pneumothorax.</c></summary>
    private string WithAbsent(string sentence, int topic, List<NounPhrase> absent)
    {
        var sameTopic = absent.Where(a => ReportPlan.TopicOf(a.Entity) == topic).Take(1 + stream.Below(2)).ToList();
        if (sameTopic.Count == 0 || !stream.Chance(30) || Array.Exists(_negatives, sentence.Contains))
            return sentence;
        absent.RemoveAll(sameTopic.Contains);
        var joiner = stream.Pick([" without ", ", without ", " but no ", ", but no evidence of ", " without evidence of ", ", with no "]);
        return sentence[..^1] + joiner + EnglishWording.JoinList([.. sameTopic.Select(n => n.Entity.Term)], "or") + ".";
    }

    private void AddNormal(List<NounPhrase> absent)
    {
        foreach (var topic in stream.Shuffled(plan.Normal).GroupBy(ReportPlan.TopicOf))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var first = NormalSentence.Choose(rest[0], stream);
                NormalSentence? second = rest.Count > 1 && stream.Chance(50) ? NormalSentence.Choose(rest[1], stream) : null;
                if (second is { IsClause: true } && first.IsClause)
                {
                    AddSentence(topic.Key, 1,
                        EnglishWording.Capitalize(first.Text) + stream.Pick([" and ", ", and ", "; ", ", while "]) + second.Value.Text
                            + ".");
                    rest.RemoveRange(0, 2);
                    continue;
                }

                AddSentence(topic.Key, 1,
                    first.IsClause ? WithAbsent(EnglishWording.Capitalize(first.Text) + ".", topic.Key, absent)
                        : EnglishWording.Capitalize(first.Text) + ".");
                rest.RemoveAt(0);
            }
        }
    }

    private void AddAbsent(List<NounPhrase> absent)
    {
        var groups = stream.Chance(70) ? absent.GroupBy(a => ReportPlan.TopicOf(a.Entity)) : absent.GroupBy(_ => 0);
        foreach (var group in groups)
        {
            var rest = group.ToList();
            while (rest.Count > 0)
            {
                var count = Math.Min(rest.Count, 1 + stream.Below(4));
                AddSentence(ReportPlan.TopicOf(rest[0].Entity), 2, AbsentFindings(rest[..count]));
                rest.RemoveRange(0, count);
            }
        }
    }

    private string AbsentFindings(List<NounPhrase> nouns)
    {
        var words = nouns.Select(n => n.Entity.Term).ToList();
        var key = nouns.Count switch
        {
            1 when stream.Chance(15) && nouns[0].Head.Number != GrammaticalNumber.Plural => "absent-one",
            2 when stream.Chance(20) && nouns.TrueForAll(n => n.Head.Number != GrammaticalNumber.Plural) => "absent-two",
            _ => "absent",
        };
        var bare = nouns[0].Entity.Term;
        var article = nouns[0].Head.Number == GrammaticalNumber.Mass ? bare : EnglishWording.ArticleFor(bare) + bare;
        return SentenceTemplates.Fill(
            key, stream, "list", EnglishWording.JoinList(words, "or"), "Np", EnglishWording.Capitalize(article), "one", words[0], "two",
            words[^1],
            "isF", EnglishWording.VerbFor(nouns[0].Entity), "isL", EnglishWording.VerbFor(nouns[^1].Entity));
    }

    private string AbsentAtSite(NounPhrase noun)
    {
        var plural = HeadNoun.LooksPlural(noun.Places[0].Term.Split(' ')[^1]);
        return SentenceTemplates.Fill(
            "absent-site", stream, "list", noun.Entity.Term, "site", noun.Site, "Site", EnglishWording.Capitalize(noun.Site),
            "The", "The " + noun.Places[0].Term, "is", plural ? "are" : "is", "shows", plural ? "show" : "shows",
            "isF", EnglishWording.VerbFor(noun.Entity), "isL", EnglishWording.VerbFor(noun.Entity));
    }

    private void AddPlaces()
    {
        foreach (var topic in plan.Places.GroupBy(ReportPlan.TopicOf))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var count = Math.Min(rest.Count, 1 + stream.Below(3));
                var places = rest[..count];
                rest.RemoveRange(0, count);
                var plural = count > 1 || HeadNoun.LooksPlural(places[0].Term.Split(' ')[^1]);
                var listed = EnglishWording.JoinList([.. places.Select((p, i) => i == 0 ? p.Term : "the " + p.Term)], "and");
                AddSentence(topic.Key, 3, SentenceTemplates.Fill(
                    "neutral", stream, "The", "The " + listed, "the", "the " + listed, "is", plural ? "are" : "is", "shows",
                    plural ? "show" : "shows"));
            }
        }
    }
}
