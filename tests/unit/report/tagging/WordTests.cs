using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

/// <summary>Each line of <c>words.tsv</c> does what its kind says.</summary>
public sealed class WordTests
{
    public static TheoryData<string, string, string> Words =>
        [.. EmbeddedRuleFile.ReadLines(typeof(LexiconTagger).Assembly, "report/words.tsv").Select(l => l.Split('\t')).Select(r =>
            new TheoryDataRow<string, string, string>(r[0], r[1], r.Length > 2 ? r[2] : ""))];

    [Theory]
    [MemberData(nameof(Words))]
    public void Split_Word_ReadsAsItsKindSays(string kind, string word, string meaning)
    {
        switch (kind)
        {
            case "Mark":
                Assert.Equal(Read($"A{meaning} effusion"), Read($"A{word} effusion"));
                break;
            case "Letter" or "Part" or "Spelling":
                Assert.Equal(string.Join(' ', SentenceTokenizer.NormalizedWords(meaning)),
                    string.Join(' ', SentenceTokenizer.NormalizedWords(word)));
                break;
            case "Title":
                Assert.Single(SentenceTokenizer.Split($"Seen by {word}. Pneumonia"));
                break;
            case "Abbreviation":
                Assert.Single(SentenceTokenizer.Split($"Was {word}. pneumonia"));
                Assert.Equal(2, SentenceTokenizer.Split($"Was {word}. Pneumonia").Count);
                break;
            case "Open":
                Assert.Single(SentenceTokenizer.Split($"Seen {word}\nPneumonia"));
                break;
            case "New":
                Assert.Equal([Certainty.Absent, Certainty.Present],
                    Denied($"No effusion, {word} atelectasis.", "possible probable questionable suspected"));
                break;
            case "Verb":
                Assert.Equal([Certainty.Absent, Certainty.Present], Denied($"No effusion, atelectasis {word} here.", "may could might"));
                break;
            case "Closing":
                Assert.Equal([Certainty.Absent, Certainty.Absent, Certainty.Absent],
                    Denied($"No edema, effusion and mass are {word}.", ""));
                break;
            case "Filler":
                Assert.Equal([Certainty.Absent], Denied($"Mass is not {word} seen.", ""));
                break;
            case "Transparent":
                Assert.Contains(LexiconTagger.Shipped.Tag($"Thickening of {word} pleura."), m => m.Concept == "pleural-thickening");
                break;
            case "Link":
                Assert.Equal([Certainty.Absent, Certainty.Present], Denied($"Mass resolved {word} scar.", "or nor"));
                break;
            default:
                Assert.Fail($"Nothing is known of the kind '{kind}'.");
                break;
        }

        Certainty[] Denied(string text, string doubts) => [.. LexiconTagger.Shipped.Tag(text).Where(m => m.Type != EntityType.Anatomy)
            .Select(m => m.Certainty == Certainty.Uncertain && doubts.Split(' ').Contains(word) ? Certainty.Present : m.Certainty)];
    }

    private static string Read(string text) =>
        string.Join(" / ", SentenceTokenizer.Split(text).Select(s => string.Join(' ', s.Select(t => t.Normalized))));
}
