using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>One real radiograph of a training set.</summary>
/// <param name="Id">Path from the data folder's parent: <c>train/normal/IM-0001.jpeg</c>.</param>
/// <param name="Source">Which data set it belongs to: <c>kermany</c>, <c>nih</c>, or the folder's name.</param>
/// <param name="NativeSize">Longer side of the file in pixels.</param>
/// <param name="Labels">Labels of the source, as it spells them.</param>
/// <param name="Caption">A caption that came with the image, or null.</param>
public sealed record TrainingImage(string Id, string Source, int NativeSize, IReadOnlyList<string> Labels, string? Caption);

/// <summary>What is done with the images of a folder that are not as they should be.</summary>
/// <param name="BadFiles">One of <see cref="BadFilePolicyNames"/>; null: refuse.</param>
/// <param name="Duplicates">One of <see cref="DuplicatePolicyNames"/>; null: refuse. Merged, an image has its first class alone.</param>
public sealed record ImageFolderSettings(string? BadFiles, string? Duplicates);

/// <summary>A training set in memory: 8-bit gray squares, all of one side.</summary>
public sealed class ImageSet
{
    private readonly byte[] _pixels;

    /// <param name="side">Side of every image in pixels.</param>
    /// <param name="pixels">The images one after the other, row by row; <c>side * side</c> bytes each.</param>
    public ImageSet(int side, IReadOnlyList<TrainingImage> images, byte[] pixels)
    {
        Side = side;
        Images = images;
        _pixels = pixels;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var image in images)
            hash.AppendData(Encoding.UTF8.GetBytes($"{image.Id}|{image.Source}|{image.NativeSize}|{string.Join(';', image.Labels)}\n"));
        hash.AppendData(pixels);
        Digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        BySource = [.. Enumerable.Range(0, images.Count).GroupBy(i => images[i].Source).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.ToArray())];
    }

    public int Side { get; }

    public IReadOnlyList<TrainingImage> Images { get; }

    /// <summary>Sentences for the user: what was left out, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The indices of each source's images, sources in ordinal order.</summary>
    public IReadOnlyList<int[]> BySource { get; }

    /// <summary>SHA-256 over names, labels and pixels.</summary>
    public string Digest { get; }

    public ReadOnlySpan<byte> Pixels(int index) => _pixels.AsSpan(index * Side * Side, Side * Side);

    /// <summary>Some of the images, in the order of <paramref name="indices"/>, with more notes.</summary>
    public ImageSet Select(IReadOnlyList<int> indices, params IReadOnlyList<string> notes) =>
        new(Side, [.. indices.Select(i => Images[i])], Join(indices.Select(i => Pixels(i).ToArray())))
        {
            Notes = [.. Notes, .. notes],
        };

    /// <summary>The same images at another side.</summary>
    public ImageSet Resize(int side) => side == Side ? this : new(side, Images, Join(Enumerable.Range(0, Images.Count)
        .Select(i => ImageResizer.Resize(new GrayImage(Side, Side, Pixels(i).ToArray()), side, side).Pixels)))
    {
        Notes = Notes,
    };

    private static byte[] Join(IEnumerable<byte[]> images)
    {
        using var all = new MemoryStream();
        foreach (var image in images)
            all.Write(image);
        return all.ToArray();
    }

    /// <summary>One image as numbers in 0..1.</summary>
    public float[] UnitPixels(int index)
    {
        var gray = Pixels(index);
        var unit = new float[gray.Length];
        for (var i = 0; i < unit.Length; i++)
            unit[i] = gray[i] / 255f;
        return unit;
    }
}
