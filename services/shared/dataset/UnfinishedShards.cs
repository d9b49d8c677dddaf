using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// Reads images back from a folder whose writing was interrupted, so that they need not come from the object store again.
/// </summary>
public static class UnfinishedShards
{
    /// <summary>
    /// The images of a split by rising index, shard after shard, up to the first byte that was not written whole. Nothing says that they
    /// are right: hold each against its digest.
    /// </summary>
    public static IEnumerable<(long Index, byte[] Png)> ReadImages(string folder, ShardNaming naming, string split)
    {
        for (var shard = 0L; File.Exists(Path.Combine(folder, naming.PathOf(split, shard))); shard++)
        {
            using var pairs = ShardReader.Read(Path.Combine(folder, naming.PathOf(split, shard))).GetEnumerator();
            while (TryMoveNext(pairs))
            {
                if (!long.TryParse(Path.GetFileName(pairs.Current.Key), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    yield break;
                yield return (index, pairs.Current.Members.Png);
            }
        }
    }

    private static bool TryMoveNext(IEnumerator<(string Key, ShardMembers Members, long Offset)> pairs)
    {
        try
        {
            return pairs.MoveNext();
        }
        catch (InvalidDataException)
        {
            return false; // the shard that was being written ends here
        }
    }
}
