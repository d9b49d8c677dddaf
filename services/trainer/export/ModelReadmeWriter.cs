using System.Globalization;
using System.Text;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>README.md of a model folder: the card in words.</summary>
internal static class ModelReadmeWriter
{
    /// <param name="what">What it is, in a paragraph.</param>
    /// <param name="notes">How figures and thresholds came about, a paragraph each.</param>
    /// <param name="sheet">True if the folder has a contact sheet.</param>
    public static void Write(string folder, ModelCard card, string what, IReadOnlyList<string> notes, bool sheet = true)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {card.Name}\n\n{what}\n");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Made by `syncxr train --recipe {card.Recipe} --preset {card.Preset}` with seed {card.Seed}. Licence of the weights: "
                + $"{card.Licence}.{(sheet ? " ![Sheet](contact-sheet.png)" : "")}\n");
        text.AppendLine("## Trained on\n");
        foreach (var source in card.TrainedOn)
            text.AppendLine(CultureInfo.InvariantCulture, $"- `{source.Source}`: {source.Images} images");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"\nSHA-256 over names, labels or texts, and pixels of the training set: `{card.TrainedOn[0].Digest}`.\n");
        foreach (var note in card.DataNotes)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {note}");
        if (card.DataNotes.Count > 0)
            text.AppendLine();
        foreach (var attribution in card.Attribution)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {attribution}");
        text.AppendLine("\n## Figures\n\n| figure | value |\n|---|---|");
        foreach (var (name, value) in card.Figures.OrderBy(f => f.Key, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name.Replace('_', ' ')} | {value:0.####} |");
        foreach (var note in notes)
            text.AppendLine(CultureInfo.InvariantCulture, $"\n{note}");
        text.AppendLine("\n## Limits\n");
        foreach (var limit in card.Limits)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {limit}");
        File.WriteAllText(Path.Combine(folder, "README.md"), text.ToString());
    }
}
