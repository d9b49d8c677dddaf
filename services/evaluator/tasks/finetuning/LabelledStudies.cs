using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Tasks.FineTuning;

/// <summary>Images at a network's input size, with yes, no or unknown for each finding.</summary>
internal sealed record LabelledStudies(IReadOnlyList<Study> Studies, GrayImage[] Images, string[] Hashes, bool?[][] Answers)
{
    /// <param name="answers">By finding, then by study.</param>
    public static LabelledStudies Read(IReadOnlyList<Study> studies, IReadOnlyList<bool?[]> answers, int side, EvaluationRun run,
        string phase, string field, CancellationToken cancellation)
    {
        var (images, hashes) = (new GrayImage[studies.Count], new string[studies.Count]);
        foreach (var batch in StudyImageReader.ReadBatches(studies, side, field, cancellation))
        {
            batch.Images.CopyTo(images, batch.From);
            batch.Hashes.CopyTo(hashes, batch.From);
            run.Report(phase, batch.From + batch.Hashes.Length, studies.Count);
        }

        return new LabelledStudies(studies, images, hashes, [.. answers]);
    }

    public int Count => Studies.Count;

    /// <summary>Wanted answers [B, findings], 1 and 0; and whether each is known.</summary>
    public (Tensor Wanted, Tensor Known) Targets(IReadOnlyList<int> indices)
    {
        float[] wanted = [.. indices.SelectMany(i => Answers.Select(a => a[i] == true ? 1f : 0f))],
            known = [.. indices.SelectMany(i => Answers.Select(a => a[i] is null ? 0f : 1f))];
        return (tensor(wanted, [indices.Count, Answers.Length]), tensor(known, [indices.Count, Answers.Length]));
    }
}
