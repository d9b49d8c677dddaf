using System.Text;
using Google.Protobuf;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Creates the files of an evaluation beside its figures.</summary>
internal static class ReportFiles
{
    public const int Columns = 12;

    /// <summary>A contact sheet with <see cref="Columns"/> images in a row.</summary>
    public static byte[] ComposeRows(IReadOnlyList<GrayImage> images) => ImageCodec.EncodePng(ContactSheet.Compose(images, Columns));

    /// <summary>Two blocks of images side by side, each as wide as <paramref name="columns"/> images.</summary>
    public static byte[] SideBySide(IReadOnlyList<GrayImage> left, IReadOnlyList<GrayImage> right, int columns)
    {
        var (one, other) = (ContactSheet.Compose(left, columns), ContactSheet.Compose(right, columns));
        return ImageCodec.EncodePng(ContactSheet.Compose([one, other], 2));
    }

    /// <summary>Stores the figures as <c>report.json</c> and as <c>figures.md</c>, a section for a README.</summary>
    public static void KeepReport(EvaluationRun run)
    {
        var markdown = FigureTable.Markdown(run.Current);
        var json = new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithIndentation()).Format(
            run.Current);
        run.KeepFile("report.json", "Every figure, with spec and models.", "application/json", Encoding.UTF8.GetBytes(json + "\n"));
        run.KeepFile("figures.md", "The figures as a section of a README.", "text/markdown", Encoding.UTF8.GetBytes(markdown));
    }
}
