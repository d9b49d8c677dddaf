using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>A batch of images at a network's input size, with the hashes of the originals.</summary>
internal sealed record StudyImageBatch(int From, GrayImage[] Images, string[] Hashes);

/// <summary>Decodes the images of studies batch by batch, so that a data set of any size fits into memory.</summary>
internal static class StudyImageReader
{
    /// <summary>Smallest side in pixels of an image that is worth measuring on.</summary>
    public const int SmallestSide = 32;

    private const int Batch = 64;

    /// <exception cref="MeshException">INVALID_FIELD: an image that can't be decoded, or is too small.</exception>
    public static IEnumerable<StudyImageBatch> ReadBatches(IReadOnlyList<Study> studies, int side, string field,
        CancellationToken cancellation)
    {
        for (var from = 0; from < studies.Count; from += Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(Batch, studies.Count - from);
            var start = from;
            var images = new GrayImage[count];
            var hashes = new string[count];
            var failures = new MeshException?[count];
            Parallel.For(0, count, i =>
            {
                try
                {
                    var image = Load(studies[start + i], field);
                    (images[i], hashes[i]) = (ImageResizer.Resize(image, side, side), Study.ImageHash(image));
                }
                catch (MeshException failure)
                {
                    failures[i] = failure;
                }
            });
            if (failures.FirstOrDefault(r => r is not null) is { } first)
                throw first;
            yield return new StudyImageBatch(from, images, hashes);
        }
    }

    private static GrayImage Load(Study study, string field)
    {
        var image = study.LoadImage(field);
        return image.Width >= SmallestSide && image.Height >= SmallestSide
            ? image
            : throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(study.Id)}' is {image.Width} x {image.Height}; each side must be at least {SmallestSide} pixels");
    }
}
