using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>A few pictures at the side that a network reads, with the hashes of what they were made of.</summary>
internal sealed record StudyImageBatch(int From, GrayImage[] Images, string[] Hashes);

/// <summary>Decodes pictures a batch at a time, so that a data set of any size passes through.</summary>
internal static class StudyImageReader
{
    /// <summary>The smallest picture, in pixels a side, in which anything can be told.</summary>
    public const int SmallestSide = 32;

    private const int Batch = 64;

    /// <exception cref="MeshException">INVALID_FIELD: a picture that can't be decoded, or is too small.</exception>
    public static IEnumerable<StudyImageBatch> ReadBatches(IReadOnlyList<Study> studies, int side, string field,
        CancellationToken cancellation)
    {
        for (var from = 0; from < studies.Count; from += Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(Batch, studies.Count - from);
            var (start, pictures, hashes) = (from, new GrayImage[count], new string[count]);
            var refusals = new MeshException?[count];
            Parallel.For(0, count, i =>
            {
                try
                {
                    var picture = Load(studies[start + i], field);
                    (pictures[i], hashes[i]) = (ImageResizer.ResizeByArea(picture, side, side), Study.ImageHash(picture));
                }
                catch (MeshException refusal)
                {
                    refusals[i] = refusal;
                }
            });
            if (refusals.FirstOrDefault(r => r is not null) is { } first)
                throw first;
            yield return new StudyImageBatch(from, pictures, hashes);
        }
    }

    private static GrayImage Load(Study study, string field)
    {
        var picture = study.LoadImage(field);
        return picture.Width >= SmallestSide && picture.Height >= SmallestSide
            ? picture
            : throw MeshException.Invalid(field,
                $"'{study.Id}' is {picture.Width} x {picture.Height}; at least {SmallestSide} pixels a side are wanted");
    }
}
