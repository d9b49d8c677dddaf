using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Labelling;

/// <summary>Kinds of sentences beside the golden ones; <c>+</c>, <c>-</c> and <c>?</c> before a label are its value.</summary>
public sealed class ChexpertLabelerTests
{
    [Theory]
    [InlineData("The heart is normal in size.", "-Cardiomegaly +No Finding")]
    [InlineData("Normal heart size and moderate edema.", "-Cardiomegaly +Edema")]
    [InlineData("No pneumothorax, effusion, or edema. Small nodule.", "-Edema +Lung Lesion -Pleural Effusion -Pneumothorax")]
    [InlineData("Pneumonia versus atelectasis.", "?Atelectasis ?Pneumonia")]
    [InlineData("Edema is suspected.", "?Edema")]
    [InlineData("No consolidation but a small effusion.", "-Consolidation +Pleural Effusion")]
    [InlineData("Opacity which may represent infection.", "+Lung Opacity ?Pneumonia")]
    [InlineData("Interval removal of the PICC. Effusion has cleared.", "+No Finding -Pleural Effusion -Support Devices")]
    [InlineData("No evidence of fracture; right chest tube in place.", "-Fracture +No Finding +Support Devices")]
    [InlineData("INDICATION: Pneumonia?\nFINDINGS: Clear lungs.", "+No Finding")]
    [InlineData("Catheter over the left heart.", "+No Finding +Support Devices")]
    [InlineData("Massengale.", "+No Finding")]
    public void Label_Sentence(string text, string expected)
    {
        var labels = ChexpertLabeler.Label(text).Where(l => l.Value != LabelValue.NotMentioned)
            .OrderBy(l => l.Key, StringComparer.Ordinal)
            .Select(l => l.Value switch { LabelValue.Positive => "+", LabelValue.Negative => "-", _ => "?" } + l.Key);

        Assert.Equal(expected, string.Join(' ', labels));
    }

    /// <summary>The labeler's own example: four reports with its answers.</summary>
    [Fact]
    public void Label_TheLabelersExample()
    {
        var file = Path.Combine(Repository.Root, "../shared/data/chexpert-labeler-phrases/labeled_reports.csv");
        if (!Prerequisite.IsPresent(file, "the CheXpert labeler's example, kept beside the checkout"))
            return;
        var rows = new List<string[]>();
        foreach (var line in Rows(File.ReadAllText(file)))
            rows.Add(line);

        Assert.Equal(5, rows.Count);
        foreach (var row in rows.Skip(1))
        {
            var labels = ChexpertLabeler.Label(row[0]);
            for (var column = 1; column < row.Length; column++)
            {
                var expected = row[column] switch
                {
                    "1.0" => LabelValue.Positive,
                    "0.0" => LabelValue.Negative,
                    "-1.0" => LabelValue.Uncertain,
                    _ => LabelValue.NotMentioned,
                };
                Assert.True(labels[rows[0][column]] == expected, $"{row[0]}: {rows[0][column]} is {labels[rows[0][column]]}");
            }
        }
    }

    /// <summary>The rows of a table whose first cell alone may be quoted, with line breaks.</summary>
    private static IEnumerable<string[]> Rows(string table)
    {
        for (var at = 0; at < table.Length;)
        {
            var quoteEnd = table[at] == '"' ? table.IndexOf('"', at + 1) : at;
            var end = table.IndexOf('\n', quoteEnd);
            end = end < 0 ? table.Length : end;
            var line = table[at..end].TrimEnd('\r');
            var text = table[at] == '"' ? table[(at + 1)..quoteEnd] : line.Split(',')[0];
            var rest = table[at] == '"' ? line[(quoteEnd - at + 1)..] : line[text.Length..];
            yield return [text, .. rest[1..].Split(',')];
            at = end + 1;
        }
    }
}
