using System.Globalization;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The rows of a sealed data set with what is wrong in them.</summary>
/// <param name="Pairs">Every pair by index; empty where they can't be read or do not follow each other, shard by shard.</param>
/// <param name="Problems">In the order of the rules, empty for rows as they were sealed.</param>
internal sealed record SealedRows(IReadOnlyList<PairRecord> Pairs, IReadOnlyList<SealedFileProblem> Problems);

/// <summary>
/// Reads vocabulary and tables of a folder whose files are those that the manifest lists, and holds spec, vocabulary, rows and root
/// against each other.
/// </summary>
internal static class SealedRowsReader
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async Task<SealedRows> ReadAsync(DatasetManifest manifest, CancellationToken cancellation)
    {
        var problems = new List<SealedFileProblem>();
        if (manifest.ComputeSpecDigest() != manifest.SpecDigest)
            problems.Add(new SealedFileProblem(DatasetManifest.FileName,
                "was changed: its spec does not have the digest that stands beside it"));
        var vocabulary = ReadVocabulary(manifest, problems);
        var pairs = await ReadTableAsync(manifest, PairTableSchema.Instance, problems, cancellation);
        if (pairs is not null && FindOrderProblem(manifest, pairs) is { } order)
        {
            problems.Add(new SealedFileProblem(PairTableSchema.Instance.FileName, order));
            pairs = null;
        }

        if (pairs is not null && ManifestFileList.FindShardProblem(manifest.Files, manifest.Naming, pairs) is { } shardProblem)
        {
            problems.Add(new SealedFileProblem(DatasetManifest.FileName, shardProblem));
            pairs = null;
        }

        if (pairs is not null && FindPairProblem(manifest, pairs, vocabulary) is { } problem)
            problems.Add(new SealedFileProblem(PairTableSchema.Instance.FileName, problem));
        if (await ReadTableAsync(manifest, RejectTableSchema.Instance, problems, cancellation) is { } rejects
            && FindRejectProblem(manifest.Spec, rejects) is { } rejectProblem)
            problems.Add(new SealedFileProblem(RejectTableSchema.Instance.FileName, rejectProblem));
        if (await ReadTableAsync(manifest, RunTableSchema.Instance, problems, cancellation) is { } runs
            && FindRowProblem(manifest.Spec, [.. runs.Select(r => r.Index)]) is { } runProblem)
            problems.Add(new SealedFileProblem(RunTableSchema.Instance.FileName, runProblem));
        return new SealedRows(pairs ?? [], problems);
    }

    /// <summary>The entities of the folder's vocabulary; null where it can't be read.</summary>
    private static EntityVocabulary? ReadVocabulary(DatasetManifest manifest, List<SealedFileProblem> problems)
    {
        try
        {
            using var text = new StreamReader(Path.Combine(manifest.Folder, PairReplay.VocabularyFile), _strict);
            var vocabulary = EntityVocabulary.Parse(manifest.Spec.Draw.Vocabulary, text);
            if (manifest.Files.Single(f => f.Path == PairReplay.VocabularyFile).Sha256 != manifest.Spec.Draw.VocabularyDigest)
                problems.Add(new SealedFileProblem(PairReplay.VocabularyFile,
                    "was changed: its SHA-256 is not the draw.vocabulary_digest of the spec in the manifest"));
            return vocabulary;
        }
        catch (FormatException error)
        {
            problems.Add(new SealedFileProblem(PairReplay.VocabularyFile, $"is malformed in {error.Message}"));
        }
        catch (DecoderFallbackException)
        {
            problems.Add(new SealedFileProblem(PairReplay.VocabularyFile, "is not UTF-8 text"));
        }

        return null;
    }

    private static async Task<IReadOnlyList<TRow>?> ReadTableAsync<TRow>(
        DatasetManifest manifest, TableSchema<TRow> schema, List<SealedFileProblem> problems, CancellationToken cancellation)
    {
        try
        {
            return await ParquetTableReader.ReadAsync(manifest.Folder, schema, cancellation);
        }
        catch (InvalidDataException error)
        {
            problems.Add(new SealedFileProblem(schema.FileName, error.Message));
            return null;
        }
    }

    /// <summary>One row a pair by rising index, each in the split that the spec gives it, and the shards of a split filled one after the
    /// other.</summary>
    private static string? FindOrderProblem(DatasetManifest manifest, IReadOnlyList<PairRecord> pairs)
    {
        var spec = manifest.Spec;
        if (FindRowProblem(spec, [.. pairs.Select(p => p.Index)]) is { } problem)
            return problem;
        var splits = SplitAssigner.Assign(spec, manifest.SpecDigest, pairs.Select(p => p.Entities));
        var counts = SplitNames.All.ToDictionary(s => s, _ => 0L);
        foreach (var (pair, split) in pairs.Zip(splits))
        {
            var shard = counts[split]++ / spec.ShardSize;
            if (pair.Split != split)
                return Say($"puts pair {pair.Index} into the split '{EchoedText.Shorten(pair.Split)}', where '{split}' holds it");
            if (pair.Shard != shard)
                return Say($"puts pair {pair.Index} into shard {pair.Shard}, where shard {shard} holds it");
            if (pair.FileName != manifest.Naming.FileNameOf(split, pair.Index))
                return Say($"has a file_name of pair {pair.Index} that its image does not have in its shard");
        }

        return null;
    }

    private static string? FindRowProblem(ResolvedSpec spec, IReadOnlyList<long> indexes)
    {
        if (indexes.Count != spec.Pairs)
            return Say($"has {indexes.Count} rows, where the spec in the manifest has {spec.Pairs} pairs");
        var row = indexes.Index().FirstOrDefault(r => r.Item != r.Index, (-1, 0));
        return row.Index < 0 ? null : Say($"has index {row.Item} in row {row.Index}, where index {row.Index} must follow");
    }

    private static string? FindPairProblem(DatasetManifest manifest, IReadOnlyList<PairRecord> pairs, EntityVocabulary? vocabulary)
    {
        foreach (var pair in pairs)
        {
            if (pair.DepictedShare is not (>= 0 and <= 1))
                return Say($"has a depicted_share of pair {pair.Index} that is not from 0 to 1");
            if (!ManifestSchema.IsSeed(pair.ReportSeed) || !ManifestSchema.IsSeed(pair.ImageSeed))
                return Say($"has a seed of pair {pair.Index} that is not an unsigned 64-bit integer in decimal");
            if (pair.Labels.Index().FirstOrDefault(l => !Enum.IsDefined(l.Item), (-1, default)).Index is >= 0 and var label)
                return Say($"has a {PairTableSchema.LabelColumnOf(ChexpertLabels.All[label])} of pair {pair.Index} that is not 0 to 3");
            if (vocabulary is not null && pair.Entities.Any(id => !vocabulary.TryGet(id, out _)))
                return Say($"has an entity in pair {pair.Index} that {PairReplay.VocabularyFile} lacks");
        }

        var leaves = pairs.Select(p => new ReadOnlyMemory<byte>(p.ToLeaf()));
        return MerkleTree.Root([PairRecord.SpecLeaf(manifest.ComputeSpecDigest()), .. leaves]) == manifest.Root
            ? null : "was changed: its rows do not give the root in the manifest";
    }

    private static string? FindRejectProblem(ResolvedSpec spec, IReadOnlyList<RejectRecord> rejects)
    {
        if (rejects.FirstOrDefault(r => r.Index < 0 || r.Index >= spec.Pairs || r.Attempt < 0) is { } wrong)
            return Say($"has attempt {wrong.Attempt} of pair {wrong.Index}, which the data set can't have");
        return rejects.Zip(rejects.Skip(1)).Any(r => (r.First.Index, r.First.Attempt).CompareTo((r.Second.Index, r.Second.Attempt)) > 0)
            ? "does not have its rows by index and attempt" : null;
    }

    private static string Say(FormattableString problem) => problem.ToString(CultureInfo.InvariantCulture);
}
