using System.Globalization;
using System.Text;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Figures as a section of a README.</summary>
internal static class FigureTable
{
    public static string Markdown(Evaluation evaluation)
    {
        var text = new StringBuilder("## Measured\n\n");
        text.Append("Figures with 95 % bootstrap intervals, of `syncxr model report`; ")
            .Append(string.Join(", ", evaluation.Models.Select(m => $"`{m.Model}` {m.Digest[..12]}"))).Append(".\n\n");
        text.Append("| question | of | figure | value | 95 % | n | wanted | |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var f in evaluation.Figures)
            text.Append(CultureInfo.InvariantCulture,
                $"| {f.Task} | {f.Finding} | {f.Metric.Replace('_', ' ')} | {Number(f.Value)} | {Span(f)} | {f.N} | {Wanted(f)} | "
                    + $"{Holds(f)} |\n");
        if (evaluation.Notes.Count > 0)
            text.Append('\n').AppendJoin('\n', evaluation.Notes.Select(n => "- " + n)).Append('\n');
        if (evaluation.Depicts.Count > 0)
            text.Append("\nFindings for which it obeys: ").AppendJoin(", ", evaluation.Depicts.Select(d => $"`{d}`")).Append(".\n");
        foreach (var artifact in evaluation.Artifacts.Where(a => a.MediaType == "image/png"))
            text.Append(CultureInfo.InvariantCulture, $"\n![{artifact.Title}]({artifact.Name.Split('/')[^1]})\n\n{artifact.Title}\n");
        return text.ToString();
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Span(Figure f) => f.HasLow ? $"{Number(f.Low)} to {Number(f.High)}" : "";

    private static string Wanted(Figure f) =>
        string.Join(", ",
            new[] { f.HasAtLeast ? $"≥ {Number(f.AtLeast)}" : "", f.HasAtMost ? $"≤ {Number(f.AtMost)}" : "" }.Where(w => w.Length > 0));

    private static string Holds(Figure f) => !f.HasHolds ? "" : f.Holds ? "yes" : "**no**";
}
