using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Images that an interrupted seal has written on this machine, by rising index of their pairs.</summary>
/// <param name="folder">What it left; null for nothing.</param>
internal sealed class EarlierImageReader(string? folder, ShardNaming naming) : IDisposable
{
    private readonly Dictionary<string, SplitReader> _splits = new(StringComparer.Ordinal);

    /// <summary>The image of a pair; null where it was not written, or is not the one that the row names.</summary>
    /// <param name="pair">Pairs come by rising index.</param>
    public byte[]? Find(PairRow pair, string split)
    {
        if (folder is null)
            return null;
        if (!_splits.TryGetValue(split, out var reader))
            _splits.Add(split, reader = new SplitReader(UnfinishedShards.ReadImages(folder, naming, split).GetEnumerator()));
        return reader.Find(pair.Index) is { } png && HasPixelsOf(pair, png) ? png : null;
    }

    /// <summary>By pixels: what was written has a mark that what was rendered did not have.</summary>
    private static bool HasPixelsOf(PairRow pair, byte[] png)
    {
        try
        {
            return Sha256Digest.HexOf(ImageCodec.Decode(png, "image").Pixels)
                == ProtoJson.Parse<GeneratedImage>(pair.ImageJson).PixelsSha256;
        }
        catch (MeshException)
        {
            return false; // cut off where the process died
        }
    }

    public void Dispose()
    {
        foreach (var reader in _splits.Values)
            reader.Images.Dispose();
    }

    private sealed record SplitReader(IEnumerator<(long Index, byte[] Png)> Images)
    {
        private bool _hasCurrent;
        private bool _isOver;

        public byte[]? Find(long index)
        {
            while (!_isOver && (!_hasCurrent || Images.Current.Index < index))
            {
                _hasCurrent = Images.MoveNext();
                _isOver = !_hasCurrent;
            }

            return _hasCurrent && Images.Current.Index == index ? Images.Current.Png : null;
        }
    }
}
