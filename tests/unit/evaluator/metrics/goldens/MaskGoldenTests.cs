using System.Text.Json;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Masks;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics.Goldens;

/// <summary>Overlaps and distances of masks against what scikit-learn, medpy, monai and surface-distance say.</summary>
public sealed class MaskGoldenTests
{
    private const string Name = "metrics-goldens";
    private const double Float64 = 1e-9, Float32 = 1e-5;
    private static readonly string[] _libraries = ["sklearn", "medpy", "monai", "surface_distance"];
    private static readonly string[] _overlaps = ["f1", "jaccard", "dc", "jc", "dice", "iou"];

    [GoldenFact("metrics-goldens")]
    public void Masks_OverlapsAndDistances_AreAsTheLibraryThatIsNamed()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = from row in folder.ReadList("masks.jsonl")
                    from library in _libraries
                    from figure in row.GetProperty(library).EnumerateObject()
                    select (Row: row, Library: library, Figure: figure);
        GoldenCases.Run($"{Name}/masks", cases, c => $"{c.Row.GetProperty("name").GetString()}:{c.Library}:{c.Figure.Name}", c =>
        {
            var (prediction, truth) = (ReadMask(c.Row.GetProperty("prediction")), ReadMask(c.Row.GetProperty("truth")));
            var tolerance = c.Library == "monai" ? Float32 : Float64;
            if (_overlaps.Contains(c.Figure.Name))
            {
                var overlap = MaskOverlap.Compare([.. prediction.Cast<bool>()], [.. truth.Cast<bool>()]);
                LibraryAnswer.Check(c.Figure.Value, () => c.Figure.Name is "f1" or "dc" or "dice" ? overlap.DiceScore : overlap.Iou,
                    tolerance);
            }
            else if (!prediction.Cast<bool>().Contains(true) || !truth.Cast<bool>().Contains(true))
                // an error in medpy, infinity or NaN in the others: no distance of a border that is not there
                Assert.Contains("mark something",
                    Assert.Throws<ArgumentException>(() => Measure(c.Library, c.Figure.Name, prediction, truth)).Message,
                    StringComparison.Ordinal);
            else if (c.Figure.Name == "average")
            {
                var distances = ContourDistances.Compare(truth, prediction);
                foreach (var (theirs, ours) in LibraryAnswer.ToDoubles(c.Figure.Value.GetProperty("value"))
                    .Zip([distances.FirstMean, distances.SecondMean]))
                    LibraryAnswer.CheckClose(theirs, ours, tolerance);
            }
            else
                LibraryAnswer.Check(c.Figure.Value, () => Measure(c.Library, c.Figure.Name, prediction, truth), tolerance);
        });
    }

    private static double Measure(string library, string figure, bool[,] prediction, bool[,] truth)
    {
        if (library == "surface_distance")
        {
            var contours = ContourDistances.Compare(truth, prediction);
            return figure == "hd95" ? contours.Hausdorff95 : contours.SurfaceDice(tolerance: 1);
        }

        var isSpaced = figure.EndsWith("_spacing_2_0.5", StringComparison.Ordinal);
        var distances = SurfaceDistances.Compare(prediction, truth, isSpaced ? 2 : 1, isSpaced ? 0.5 : 1);
        return (library, figure.Replace("_spacing_2_0.5", "", StringComparison.Ordinal)) switch
        {
            (_, "hd") => distances.Hausdorff,
            ("medpy", "hd95") => distances.Hausdorff95Pooled,
            ("monai", "hd95") => distances.Hausdorff95,
            (_, "hd95_directed") => distances.FirstPercentile95,
            (_, "asd") => distances.FirstMean,
            (_, "assd") => distances.Mean,
            _ => throw new InvalidDataException($"no such figure: {library} {figure}"),
        };
    }

    private static bool[,] ReadMask(JsonElement rows)
    {
        string[] lines = [.. rows.EnumerateArray().Select(r => r.GetString()!)];
        var mask = new bool[lines.Length, lines[0].Length];
        for (var y = 0; y < lines.Length; y++)
        {
            for (var x = 0; x < lines[y].Length; x++)
                mask[y, x] = lines[y][x] == '#';
        }

        return mask;
    }
}
