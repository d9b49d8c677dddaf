using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>
/// A finding with its wording, grade, side and places in one report, chosen once so that FINDINGS and IMPRESSION agree.
/// </summary>
internal sealed class NounPhrase
{
    /// <summary>Nouns that a side before them would turn into a place: <c>left lung | mass</c>.</summary>
    private static readonly string[] _sideTakers = ["lung", "rib", "hilar", "hilum", "hemidiaphragm", "clavicle", "shoulder", "perihilar",
        "pleural space"];

    private static readonly string[] _signs = ["opaci", "consolidation", "infiltrate", "pattern", "marking", "lines", "density",
        "bronchogram", "thickening"];

    /// <summary>A wording that holds one of these already names a side.</summary>
    private static readonly string[] _sided = ["left", "right", "bilateral", "bibasilar", "biapical", "midline", "bibasal"];

    private readonly string _wording;
    private readonly string _grade = "";
    private readonly string _side = "";

    public NounPhrase(Entity entity, SplitMix64 stream)
    {
        Entity = entity;
        _wording = ChooseWording(entity, stream);
        Head = HeadNoun.ForWording(entity, _wording);
        if (Head.Grades.Count > 0 && stream.Chance(55))
            _grade = stream.Pick(Head.Grades);
        if (_wording.Contains(_grade, StringComparison.Ordinal))
            _grade = "";
        _side = Array.Exists(_sided, _wording.Contains) ? "" : Head.Sides switch
        {
            "adjective" => stream.Pick(["left", "right", "bilateral", "", ""]),
            "bilateral" => stream.Pick(["bilateral", "", ""]),
            "toward" => stream.Pick([" to the left", " to the right", ""]),
            "inside" => stream.Pick(["left", "right"]),
            _ => "",
        };
    }

    public Entity Entity { get; }

    public HeadNoun Head { get; }

    /// <summary>Where the finding is, as the plan chose; with a place, no side is said.</summary>
    public List<Entity> Places { get; } = [];

    public bool IsPlural => Head.Number == GrammaticalNumber.Plural || (Side == "bilateral" && Head.Number == GrammaticalNumber.Count);

    /// <summary>True for a sign in the lungs that a disease can explain: opacities, consolidation, a pattern.</summary>
    public bool IsSign => Entity.Group == "lung" && Array.Exists(_signs, Entity.Term.Contains);

    /// <summary><c>is</c> or <c>are</c>, as the phrase asks for.</summary>
    public string Verb => IsPlural ? "are" : "is";

    /// <summary>The places with their prepositions: <c>in the left lower lobe</c>; empty without places.</summary>
    public string Site => Places.Count == 0 ? ""
        : $"{EnglishWording.PrepositionFor(Places[0], Entity)} {EnglishWording.JoinList([.. Places.Select(p => "the " + p.Term)], "and")}";

    private string Side => Places.Count > 0 && Head.Sides is not ("toward" or "inside") ? "" : _side;

    /// <summary>The phrase with its article: <c>a small left pleural effusion</c>.</summary>
    public string WithArticle => IsPlural || Head.Number == GrammaticalNumber.Mass
        ? WithoutArticle : EnglishWording.ArticleFor(WithoutArticle) + WithoutArticle;

    /// <summary>The phrase without an article: <c>small left pleural effusion</c>.</summary>
    public string WithoutArticle
    {
        get
        {
            var noun = Side == "bilateral" && Head.Number == GrammaticalNumber.Count ? EnglishWording.Pluralize(_wording) : _wording;
            if (Head.Sides == "toward")
                return JoinWords(_grade, noun) + _side;
            if (Head.Sides == "inside")
                return JoinWords(_grade, noun.Insert(noun.LastIndexOf(' ') + 1, _side + " "));
            if (Side.Length > 0 && Array.Exists(_sideTakers, t => noun.StartsWith(t, StringComparison.Ordinal)))
                return JoinWords(_grade, noun) + (Side == "bilateral" ? " bilaterally" : " on the " + Side);
            return JoinWords(_grade, JoinWords(Side, noun));
        }
    }

    /// <summary>The phrase with its article and its places.</summary>
    public string WithArticleAndSite => Places.Count == 0 ? WithArticle : WithArticle + " " + Site;

    /// <summary>The term, or with some probability one of its synonyms that can stand as a noun.</summary>
    private static string ChooseWording(Entity entity, SplitMix64 stream)
    {
        if (!stream.Chance(30))
            return entity.Term;
        var nouns = entity.Synonyms.Where(
            s => HeadNoun.KnowsNoun(s) && !s.Contains(" the ", StringComparison.Ordinal) && s.Split(' ').Length <= 4
            && !s.StartsWith("prior ", StringComparison.Ordinal) && !s.StartsWith("status ", StringComparison.Ordinal)
            && HeadNoun.ForWording(entity, s).Number == HeadNoun.ForWording(entity, entity.Term).Number).ToList();
        return nouns.Count == 0 ? entity.Term : stream.Pick(nouns);
    }

    private static string JoinWords(string first, string second) => first.Length == 0 ? second : first + " " + second;
}
