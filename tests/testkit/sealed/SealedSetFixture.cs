namespace SynCxr.Mesh.Testkit.Sealed;

/// <summary>
/// <c>tests/testkit/sealed/four-pairs</c>: four pairs in two shards, as <c>syncxr dataset create</c> sealed them. It is never made anew
/// when the code changes: what it shows is that data sets of before can still be read.
/// </summary>
public static class SealedSetFixture
{
    /// <summary>The root that it was sealed with.</summary>
    public const string Root = "9451aa4ee326ece667f86c8ca4fda3b105dc402864634b784bdb9843ede0a7d1";

    /// <summary>Its two shards.</summary>
    public const string FirstShard = "data/shard-0bc6cb72a45235ff-000000.tar", SecondShard = "data/shard-0bc6cb72a45235ff-000001.tar";

    /// <summary>Its tables that are not about accepted pairs.</summary>
    public const string Rejects = "extra/rejects.parquet", Runs = "extra/run.parquet";

    /// <summary>Pairs of each of its two shards.</summary>
    public const int ShardSize = 2;

    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "testkit", "sealed", "four-pairs");

    /// <summary>The manifest of a set of the same shape that another seed gave.</summary>
    public static string OtherManifest { get; } =
        Path.Combine(Repository.Root, "tests", "testkit", "sealed", "manifest-of-another-set.json");

    /// <summary>A copy that a test may damage.</summary>
    public static ScratchFolder Copy()
    {
        var copy = new ScratchFolder();
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var to = copy[Path.GetRelativePath(Folder, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }
}
