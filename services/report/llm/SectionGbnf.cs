using System.Text;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// Builds the GBNF that a small model's section is held to: a sentence for each wanted entity, in their order, each out of several frames
/// that the model chooses among. The frames are the sentences that the writer <c>grammar</c> has for that entity alone; each attempt and
/// each seed has others, since a small model likes one of them best, and would offer it to the check again and again.
/// </summary>
internal static class SectionGbnf
{
    /// <summary>Sentences to choose from for an entity, where that many different ones come up.</summary>
    private const int Frames = 6;

    /// <summary>Draws before the frames that came up are enough.</summary>
    private const int MaxDraws = 24;

    /// <summary>The grammar of a section; its root is <c>root</c>.</summary>
    public static string Build(SectionRequest section)
    {
        var gbnf = new StringBuilder("root ::=");
        for (var i = 0; i < section.Wanted.Count; i++)
            gbnf.Append(i == 0 ? " " : " \" \" ").Append('s').Append(i);
        gbnf.Append('\n');
        for (var i = 0; i < section.Wanted.Count; i++)
        {
            gbnf.Append('s').Append(i).Append(" ::= ")
                .AppendJoin(" | ", FramesOf(section.Wanted[i], section).Select(Quote)).Append('\n');
        }

        return gbnf.ToString();
    }

    private static List<string> FramesOf(Entity entity, SectionRequest section)
    {
        var isSalient = section.Step == ReportStep.Impression && section.Request.Impression == ImpressionStyle.Salient;
        var frames = new List<string>();
        var seeds = new SplitMix64(section.Request.Seed ^ ((ulong)section.Attempt << 32));
        for (var draw = 0; draw < MaxDraws && frames.Count < Frames; draw++)
        {
            var plan = new ReportPlan([entity], new SplitMix64(seeds.Next()), withPlaces: false);
            var stream = new SplitMix64(seeds.Next());
            var text = EnglishWording.WithAcronyms(isSalient
                ? new ImpressionGrammar(plan, stream).Write([entity], withPlaces: false) : new FindingsGrammar(plan, stream).Write());
            if (!frames.Contains(text))
                frames.Add(text);
        }

        return frames;
    }

    /// <summary>A literal of GBNF: a term of a glossary may hold anything.</summary>
    private static string Quote(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\')
                literal.Append('\\').Append((char)rune.Value);
            else if (Rune.IsControl(rune))
                literal.Append(' '); // no term needs one
            else
                literal.Append(rune);
        }

        return literal.Append('"').ToString();
    }
}
