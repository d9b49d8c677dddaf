using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Evaluator.Tasks.Grounding;

/// <summary>Where an image shows a finding, on a square of one side for all: the union of its boxes, or its mask.</summary>
internal static class StudyMarks
{
    /// <summary>Findings that a study marks.</summary>
    public static IEnumerable<string> Findings(Study study)
    {
        if (study.MaskFile is not null || study.MaskRuns is { Count: > 0 })
            return study.Labels.Count > 0 ? study.Labels : ["mask"];
        return AgreedBoxes(study).Select(b => b.Finding).Distinct();
    }

    /// <summary>Row by row; null where nothing is marked.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a mask that can't be decoded.</exception>
    public static bool[]? MaskOf(Study study, string finding, int side, string field)
    {
        var mask = study.LoadMask($"{field}.masks") is { } image ? OfImage(image, side)
            : study.MaskRuns is { } runs ? OfImage(RunLengthMask.Decode(runs, $"{field}.labels: {study.Id}"), side)
            : OfBoxes(AgreedBoxes(study).Where(b => FindingSynonyms.AreSame(b.Finding, finding)), side);
        return mask.Contains(true) ? mask : null;
    }

    /// <summary>A box whose finding the raters' policy did not take is no mark of it.</summary>
    private static IEnumerable<StudyBox> AgreedBoxes(Study study) => study.Boxes.Where(b => b.IsAgreed != false);

    private static bool[] OfImage(GrayImage mask, int side) =>
        [.. ImageResizer.ResizeByArea(mask, side, side).Pixels.Select(p => p >= 128)];

    /// <summary>A pixel is marked if its centre is in a box.</summary>
    private static bool[] OfBoxes(IEnumerable<StudyBox> boxes, int side)
    {
        var all = boxes.ToList();
        return [.. Enumerable.Range(0, side * side).Select(i =>
        {
            var (x, y) = ((i % side + 0.5) / side, (i / side + 0.5) / side);
            return all.Any(b => x >= b.X && x < b.X + b.Width && y >= b.Y && y < b.Y + b.Height);
        })];
    }
}
