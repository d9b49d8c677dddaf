using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Images that an interrupted seal has written on this machine, by rising index of their pairs.</summary>
internal sealed class EarlierImageReader(string? folder) : IDisposable
{
    private readonly IEnumerator<(long Index, byte[] Png)> _images =
        (folder is null ? [] : UnfinishedShards.ReadImages(folder)).GetEnumerator();

    private bool _hasCurrent;
    private bool _isOver;

    /// <summary>The image of a pair; null where it was not written, or is not the one that the row names.</summary>
    /// <param name="pair">Pairs come by rising index.</param>
    public byte[]? Find(PairRow pair)
    {
        while (!_isOver && (!_hasCurrent || _images.Current.Index < pair.Index))
        {
            _hasCurrent = _images.MoveNext();
            _isOver = !_hasCurrent;
        }

        return _hasCurrent && _images.Current.Index == pair.Index && Sha256Digest.HexOf(_images.Current.Png) == pair.ImageSha256
            ? _images.Current.Png : null;
    }

    public void Dispose() => _images.Dispose();
}
