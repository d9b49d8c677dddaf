namespace SynCxr.Mesh.Testkit.Sealed;

/// <summary>
/// <c>tests/testkit/sealed/four-pairs</c>: four pairs in two shards, as <c>syncxr dataset create</c> sealed them. It is made anew
/// with a new format alone: what it shows is that data sets of before can still be read. None of its images is one that a training holds
/// out by its hash, so that all four can be trained on.
/// </summary>
public static class SealedSetFixture
{
    /// <summary>The root that it was sealed with.</summary>
    public const string Root = "1b1999458deeab38668525cb8813d4eab47165456708818add7ea471de8c32cc";

    /// <summary>Its two shards.</summary>
    public const string FirstShard = "data/shard-6d596a8b44c2521e-000000.tar", SecondShard = "data/shard-6d596a8b44c2521e-000001.tar";

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
