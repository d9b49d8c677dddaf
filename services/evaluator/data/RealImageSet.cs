using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>Real radiographs with labels: at the generator's size for the judge, and at 64 x 64 pixels for classifiers.</summary>
internal sealed class RealImageSet
{
    private readonly ImageSet _set;
    private readonly float[][] _small;

    private RealImageSet(ImageSet set)
    {
        _set = set;
        _small = [.. Enumerable.Range(0, set.Images.Count).Select(i => PixelConversion.ToSmall(GetImage(i)))];
    }

    public int Count => _set.Images.Count;

    public string Digest => _set.Digest;

    /// <param name="side">Side in pixels.</param>
    /// <param name="boundary">What may be read.</param>
    /// <param name="field">The request's field that lists the folders.</param>
    public static RealImageSet Read(IReadOnlyList<string> folders, int side, DataBoundary boundary, string field,
        CancellationToken cancellation) => new(ImageFolderReader.Read(folders, side, boundary, field, cancellation));

    public TrainingImage GetInfo(int index) => _set.Images[index];

    public GrayImage GetImage(int index) => new(_set.Side, _set.Side, _set.Pixels(index).ToArray());

    public byte[] GetPng(int index) => ImageCodec.EncodePng(GetImage(index));

    /// <summary>One image as a classifier sees it.</summary>
    public float[] GetSmall(int index) => _small[index];

    /// <summary>Indices of a source's images that have one of the labels; of all its images if no labels are given.</summary>
    public int[] FindIndices(string source, IReadOnlyList<string>? labels = null) =>
    [
        .. Enumerable.Range(0, Count)
            .Where(i => _set.Images[i].Source == source && (labels is null || _set.Images[i].Labels.Any(labels.Contains))),
    ];
}
