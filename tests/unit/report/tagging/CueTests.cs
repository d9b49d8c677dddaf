using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

/// <summary>Each line of <c>cues.tsv</c>, in every form that its classes give it, does what its kind says.</summary>
public sealed class CueTests
{
    private static readonly string[][] _rows =
        [.. EmbeddedRuleFile.ReadLines(typeof(LexiconTagger).Assembly, "report/cues.tsv").Select(l => l.Split('\t'))];

    public static TheoryData<string, string> Cues =>
        [.. _rows.Where(r => r.Length == 2).Select(r => new TheoryDataRow<string, string>(r[0], r[1]))];

    [Theory]
    [MemberData(nameof(Cues))]
    public void Tag_Cue_DoesWhatItsKindSays(string kind, string cue)
    {
        foreach (var words in Forms(cue))
        {
            foreach (var (sentence, certainty) in Sentences(Enum.Parse<CueKind>(kind), words))
            {
                var mentions = LexiconTagger.Shipped.Tag(sentence).Where(m => m.Concept == "pneumonia").ToList();
                Assert.True(mentions.Count > 0, sentence);
                Assert.All(mentions, m => Assert.Equal((sentence, certainty), (sentence, m.Certainty)));
            }
        }
    }

    [Fact]
    public void Shipped_Cues_HaveNoClassThatIsNotUsed() => Assert.All(_rows.Where(r => r.Length == 3),
        r => Assert.Contains(_rows, other => other.Length == 2 && other[1].Split(' ').Contains(r[1])));

    private static IEnumerable<(string Sentence, Certainty Certainty)> Sentences(CueKind kind, string cue) => kind switch
    {
        CueKind.Negation => [($"{cue} pneumonia.", Certainty.Absent), ($"{cue} edema or pneumonia.", Certainty.Absent)],
        CueKind.NegationAfter => [($"Pneumonia {cue}.", Certainty.Absent)],
        CueKind.NegationNear => [($"{cue} pneumonia.", Certainty.Absent), ($"Pneumonia {cue}.", Certainty.Absent)],
        CueKind.Pseudo => [($"{cue} pneumonia.", Certainty.Present)],
        CueKind.Doubt or CueKind.DoubtList or CueKind.Probable => [($"{cue} pneumonia.", Certainty.Uncertain)],
        CueKind.StrongDoubt => [($"{cue} pneumonia.", Certainty.Uncertain), ($"Not {cue} pneumonia.", Certainty.Uncertain)],
        CueKind.DoubtNear => [($"{cue} pneumonia.", Certainty.Uncertain), ($"Pneumonia {cue}.", Certainty.Uncertain)],
        CueKind.DoubtAfter => [($"Pneumonia {cue}.", Certainty.Uncertain)],
        CueKind.SuspicionAfter => [($"Pneumonia {cue}.", Certainty.Uncertain), ($"No pneumonia {cue}.", Certainty.Absent)],
        CueKind.Either => [($"Pneumonia {cue} atelectasis.", Certainty.Uncertain), ($"Atelectasis {cue} pneumonia.", Certainty.Uncertain)],
        CueKind.Hypothetical => [($"{cue} small effusion, stable pneumonia.", Certainty.Uncertain)],
        CueKind.Stop or CueKind.Clause =>
            [($"No effusion {cue} pneumonia.", Certainty.Present), ($"Possible edema {cue} pneumonia.", Certainty.Present)],
        CueKind.NegationStop =>
            [($"No effusion {cue} pneumonia.", Certainty.Present), ($"Possible edema {cue} pneumonia.", Certainty.Uncertain)],
        CueKind.NegationPause =>
            [($"No effusion, {cue} pneumonia.", Certainty.Present), ($"No opacity {cue} pneumonia.", Certainty.Absent)],
        CueKind.Given => [($"No sign of harm {cue} pneumonia.", Certainty.Present)],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind of cue without a sentence that shows what it does."),
    };

    /// <summary>The cue with each word of each class, without its signs.</summary>
    private static IEnumerable<string> Forms(string cue)
    {
        IEnumerable<string> forms = [""];
        foreach (var part in cue.Split(' '))
        {
            string[] choices = part is ['<', .., '>'] ? _rows.Single(r => r.Length == 3 && r[1] == part)[2].Split(' ')
                : part is "^" or "$" ? [""] : part == "..." ? ["", "of March"] : [part];
            forms = forms.SelectMany(form => choices.Select(c => $"{form} {c}".Trim())).ToList();
        }

        return forms;
    }
}
