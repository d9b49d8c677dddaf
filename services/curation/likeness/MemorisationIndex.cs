namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>The features of a generator's training images; only the judge that computed them can compare with them.</summary>
internal sealed class MemorisationIndex
{
    private readonly ReferenceBank? _bank;

    private MemorisationIndex(string generator, ReferenceBank? bank, string? problem) =>
        (Generator, _bank, Problem) = (generator, bank, problem);

    /// <summary>Name of the generator: that of its folder.</summary>
    public string Generator { get; }

    /// <summary>A sentence on why the index can't be used; null when it can.</summary>
    public string? Problem { get; }

    public int Count => _bank?.Count ?? 0;

    /// <summary>Reads <c>memory/</c> of a generator's folder; null when it has none.</summary>
    /// <param name="generatorPath">The folder.</param>
    /// <param name="judgeDigest">Digest of the judge that images are to be held against it with.</param>
    /// <param name="width">Width of that judge's embedding.</param>
    /// <exception cref="InvalidDataException">A file is broken.</exception>
    public static MemorisationIndex? Load(string generatorPath, string judgeDigest, int width)
    {
        var folder = Path.Combine(generatorPath, "memory");
        var json = Path.Combine(folder, "index.json");
        if (!File.Exists(json))
            return null;
        var generator = GeneratorNameOf(generatorPath);
        var digest = ReferenceBank.ReadText(json, "judge_digest");
        if (digest != judgeDigest)
            return new MemorisationIndex(generator, null,
                $"It was computed with a judge of digest {digest}, not {judgeDigest}. Train or index the generator again.");
        var bank = ReferenceBank.Load(Path.Combine(folder, "index.f16"), json, "ids");
        return bank.Width == width
            ? new MemorisationIndex(generator, bank, null)
            : throw new InvalidDataException($"{json}: dim: is {bank.Width}, the judge's embedding is {width}");
    }

    /// <summary>The name of the generator in a folder.</summary>
    public static string GeneratorNameOf(string generatorPath) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(generatorPath)));

    /// <summary>The most similar training image.</summary>
    public NearestReference FindNearest(ReadOnlySpan<float> embedding) =>
        (_bank ?? throw new InvalidOperationException(Problem)).FindNearest(embedding);
}
