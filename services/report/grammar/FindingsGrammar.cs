using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>Words a plan as a section: sentences that merge findings, in one of the orders that radiologists dictate in.</summary>
internal sealed class FindingsGrammar(ReportPlan plan, SplitMix64 stream)
{
    /// <summary>Orders of the topics of <see cref="ReportPlan.Topic"/>.</summary>
    private static readonly int[][] Orders =
    [
        [0, 1, 2, 3, 4, 5], [1, 0, 2, 3, 4, 5], [4, 1, 0, 2, 3, 5], [5, 1, 0, 3, 2, 4], [5, 0, 1, 4, 3, 2], [4, 0, 1, 3, 2, 5], [1, 0, 4, 5, 2, 3],
    ];

    /// <summary>A sentence with one of these takes no second negation.</summary>
    private static readonly string[] Negatives = [" without ", " free of ", " no "];

    private readonly List<(int Topic, int Rank, string Text)> _sentences = [];

    public string Write()
    {
        var absent = stream.Shuffled(plan.Absent.Where(a => a.Places.Count == 0));
        AddPresent(absent);
        AddNormal(absent);
        AddAbsent(absent);
        foreach (var sited in plan.Absent.Where(a => a.Places.Count > 0))
            Add(ReportPlan.Topic(sited.Entity), 1, Sited(sited));
        AddPlaces();
        var order = stream.Pick(Orders);
        return string.Join(' ', _sentences.OrderBy(s => Array.IndexOf(order, s.Topic)).ThenBy(s => s.Rank).Select(s => s.Text));
    }

    /// <summary>A single finding as a sentence.</summary>
    public static string One(NounPhrase noun, SplitMix64 stream)
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
        return Templates.Fill(
            key, stream,
            "np", noun.WithArticle, "Np", Wording.Capital(noun.WithArticle), "bare", noun.Bare, "is", noun.Is,
            "site", noun.Site, "Site", Wording.Capital(noun.Site), "the", sited ? Wording.Listed([.. noun.Places.Select(p => "the " + p.Term)], "and") : "");
    }

    /// <summary>An abnormality explained by a disease.</summary>
    public static string Explained(NounPhrase sign, NounPhrase disease, SplitMix64 stream) => Templates.Fill(
        "explained", stream,
        "npA", sign.WithArticle, "NpA", Wording.Capital(sign.WithArticle), "isA", sign.Is,
        "siteA", sign.Places.Count > 0 ? " " + sign.Site : "", "np", disease.Full);

    private void Add(int topic, int rank, string text) => _sentences.Add((topic, rank, text));

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
            Add(0, 0, Explained(sign, disease, stream));
        }

        foreach (var topic in left.GroupBy(n => (ReportPlan.Topic(n.Entity), n.Head.Kind == "history")))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var take = topic.Key.Item2 ? 1 : Math.Min(rest.Count, stream.Pick([1, 1, 2, 2, 3]));
                Add(topic.Key.Item1, 0, WithAbsent(Merged(rest[..take]), topic.Key.Item1, absent));
                rest.RemoveRange(0, take);
            }
        }
    }

    private string Merged(List<NounPhrase> nouns) => nouns.Count switch
    {
        1 => One(nouns[0], stream),
        2 => Templates.Fill(
            "pair", stream, "np1", nouns[0].Full, "Np1", Wording.Capital(nouns[0].Full), "np2", nouns[1].Full, "is1", nouns[0].Is, "is2", nouns[1].Is),
        _ => Templates.Fill(
            "triple", stream, "np1", nouns[0].Full, "Np1", Wording.Capital(nouns[0].Full), "np2", nouns[1].Full, "np3", nouns[2].Full,
            "is1", nouns[0].Is, "is3", nouns[2].Is),
    };

    /// <summary>Hangs what is absent on a sentence now and then: <c>... without pneumothorax.</c></summary>
    private string WithAbsent(string sentence, int topic, List<NounPhrase> absent)
    {
        var near = absent.Where(a => ReportPlan.Topic(a.Entity) == topic).Take(1 + stream.Below(2)).ToList();
        if (near.Count == 0 || !stream.Chance(30) || Array.Exists(Negatives, sentence.Contains))
            return sentence;
        absent.RemoveAll(near.Contains);
        var joiner = stream.Pick([" without ", ", without ", " but no ", ", but no evidence of ", " without evidence of ", ", with no "]);
        return sentence[..^1] + joiner + Wording.Listed([.. near.Select(n => n.Entity.Term)], "or") + ".";
    }

    private void AddNormal(List<NounPhrase> absent)
    {
        foreach (var topic in stream.Shuffled(plan.Normal).GroupBy(ReportPlan.Topic))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var first = NormalSentence.Of(rest[0], stream);
                NormalSentence? second = rest.Count > 1 && stream.Chance(50) ? NormalSentence.Of(rest[1], stream) : null;
                if (second is { IsClause: true } && first.IsClause)
                {
                    Add(topic.Key, 1, Wording.Capital(first.Text) + stream.Pick([" and ", ", and ", "; ", ", while "]) + second.Value.Text + ".");
                    rest.RemoveRange(0, 2);
                    continue;
                }

                Add(topic.Key, 1, first.IsClause ? WithAbsent(Wording.Capital(first.Text) + ".", topic.Key, absent) : Wording.Capital(first.Text) + ".");
                rest.RemoveAt(0);
            }
        }
    }

    private void AddAbsent(List<NounPhrase> absent)
    {
        var groups = stream.Chance(70) ? absent.GroupBy(a => ReportPlan.Topic(a.Entity)) : absent.GroupBy(_ => 0);
        foreach (var group in groups)
        {
            var rest = group.ToList();
            while (rest.Count > 0)
            {
                var take = Math.Min(rest.Count, 1 + stream.Below(4));
                Add(ReportPlan.Topic(rest[0].Entity), 2, Absent(rest[..take]));
                rest.RemoveRange(0, take);
            }
        }
    }

    private string Absent(List<NounPhrase> nouns)
    {
        var words = nouns.Select(n => n.Entity.Term).ToList();
        var key = nouns.Count switch
        {
            1 when stream.Chance(15) && nouns[0].Head.Number != Number.Plural => "absent-one",
            2 when stream.Chance(20) && nouns.TrueForAll(n => n.Head.Number != Number.Plural) => "absent-two",
            _ => "absent",
        };
        var bare = nouns[0].Entity.Term;
        var article = nouns[0].Head.Number == Number.Mass ? bare : Wording.Article(bare) + bare;
        return Templates.Fill(
            key, stream, "list", Wording.Listed(words, "or"), "Np", Wording.Capital(article), "one", words[0], "two", words[^1],
            "isF", Wording.Is(nouns[0].Entity), "isL", Wording.Is(nouns[^1].Entity));
    }

    private string Sited(NounPhrase noun)
    {
        var plural = Head.LooksPlural(noun.Places[0].Term.Split(' ')[^1]);
        return Templates.Fill(
            "absent-site", stream, "list", noun.Entity.Term, "site", noun.Site, "Site", Wording.Capital(noun.Site),
            "The", "The " + noun.Places[0].Term, "is", plural ? "are" : "is", "shows", plural ? "show" : "shows",
            "isF", Wording.Is(noun.Entity), "isL", Wording.Is(noun.Entity));
    }

    private void AddPlaces()
    {
        foreach (var topic in plan.Places.GroupBy(ReportPlan.Topic))
        {
            var rest = topic.ToList();
            while (rest.Count > 0)
            {
                var take = Math.Min(rest.Count, 1 + stream.Below(3));
                var places = rest[..take];
                rest.RemoveRange(0, take);
                var plural = take > 1 || Head.LooksPlural(places[0].Term.Split(' ')[^1]);
                var listed = Wording.Listed([.. places.Select((p, i) => i == 0 ? p.Term : "the " + p.Term)], "and");
                Add(topic.Key, 3, Templates.Fill(
                    "neutral", stream, "The", "The " + listed, "the", "the " + listed, "is", plural ? "are" : "is", "shows", plural ? "show" : "shows"));
            }
        }
    }
}
