using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>The features of a generator's training images; only the judge that computed them can compare with them.</summary>
internal sealed class MemorisationIndex
{
    private const string JsonFile = "index.json", MatrixFile = "index.f16", MemoryFolder = "memory";
    private readonly ReferenceBank? _bank;

    /// <summary>
    /// Key of the names' HMAC: a SHA-256 over the features, which never leave their folder. A salt that a data set holds would hide
    /// nothing, since the file names of public sets can be guessed. It is not the digest of the file, which lists of sums publish.
    /// </summary>
    private readonly byte[] _nameKey;

    private MemorisationIndex(string generator, ReferenceBank? bank, string? problem, byte[]? nameKey = null) =>
        (Generator, _bank, Problem, _nameKey) = (generator, bank, problem, nameKey ?? []);

    /// <summary>Name of the generator: that of its folder.</summary>
    public string Generator { get; }

    /// <summary>A sentence on why the index can't be used; null when it can.</summary>
    public string? Problem { get; }

    public int Count => _bank?.Count ?? 0;

    /// <summary>
    /// SHA-256 over its files where it was made apart from the generator; empty where the generator's own digest covers it.
    /// </summary>
    public string Digest { get; private init; } = "";

    /// <summary>Reads <c>memory/</c> of a generator's folder; null when it has none.</summary>
    /// <param name="generatorPath">The folder.</param>
    /// <param name="judgeDigest">Digest of the judge that images are to be held against it with.</param>
    /// <param name="width">Width of that judge's embedding.</param>
    /// <exception cref="InvalidDataException">A file is broken.</exception>
    public static MemorisationIndex? Load(string generatorPath, string judgeDigest, int width)
    {
        var folder = Path.Combine(generatorPath, MemoryFolder);
        return File.Exists(Path.Combine(folder, JsonFile)) ? Read(folder, GeneratorNameOf(generatorPath), judgeDigest, width) : null;
    }

    /// <summary>
    /// Reads <c>GENERATOR/memory/</c> of each generator below a root, in ordinal order of the names. One that is broken has a
    /// <see cref="Problem"/>.
    /// </summary>
    public static IEnumerable<MemorisationIndex> LoadOwn(string root, string judgeDigest, int width) =>
        LoadBelow(root, MemoryFolder, judgeDigest, width);

    /// <summary>
    /// Reads the indexes of a judge that were made apart from their generators, <c>GENERATOR/DIGEST OF THE JUDGE/</c>, in the same way.
    /// </summary>
    public static IEnumerable<MemorisationIndex> LoadSeparate(string root, string judgeDigest, int width) =>
        LoadBelow(root, judgeDigest, judgeDigest, width)
            .Select(index => new MemorisationIndex(index.Generator, index._bank, index.Problem, index._nameKey)
            {
                Digest = ModelFolder.DigestOf(Path.Combine(root, index.Generator, judgeDigest)),
            });

    /// <summary>The name of the generator in a folder.</summary>
    public static string GeneratorNameOf(string generatorPath) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(generatorPath)));

    /// <summary>
    /// The most similar training image. Its name is the HMAC-SHA256 of the one in the index, in lower-case hex: a name may tell a patient.
    /// </summary>
    public NearestReference FindNearest(ReadOnlySpan<float> embedding)
    {
        var nearest = (_bank ?? throw new InvalidOperationException(Problem)).FindNearest(embedding);
        return nearest with { Name = HideName(nearest.Name) };
    }

    /// <summary>What verdicts call the training image of that name in the index.</summary>
    public string HideName(string name) => Convert.ToHexStringLower(HMACSHA256.HashData(_nameKey, Encoding.UTF8.GetBytes(name)));

    private static IEnumerable<MemorisationIndex> LoadBelow(string root, string part, string judgeDigest, int width) =>
        !Directory.Exists(root) ? [] : Directory.EnumerateDirectories(root).Select(GeneratorNameOf).Order(StringComparer.Ordinal)
            .Where(generator => generator[0] != '.' && File.Exists(Path.Combine(root, generator, part, JsonFile)))
            .Select(generator => ReadOrDescribe(Path.Combine(root, generator, part), generator, judgeDigest, width));

    private static MemorisationIndex ReadOrDescribe(string folder, string generator, string judgeDigest, int width)
    {
        try
        {
            return Read(folder, generator, judgeDigest, width);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return new MemorisationIndex(generator, null,
                $"{error.Message} Make it again with: syncxr model index {generator} --images FOLDER");
        }
    }

    private static MemorisationIndex Read(string folder, string generator, string judgeDigest, int width)
    {
        var json = Path.Combine(folder, JsonFile);
        var digest = ReferenceBank.ReadText(json, "judge_digest");
        if (digest != judgeDigest)
            return new MemorisationIndex(generator, null,
                $"It was computed with a judge of digest {digest}, not {judgeDigest}. Train or index the generator again.");
        var bank = ReferenceBank.Load(Path.Combine(folder, MatrixFile), json, "ids");
        return bank.Width == width
            ? new MemorisationIndex(generator, bank, null, DeriveNameKey(File.ReadAllBytes(Path.Combine(folder, MatrixFile))))
            : throw new InvalidDataException($"{json}: dim: is {bank.Width}, the judge's embedding is {width}");
    }

    private static byte[] DeriveNameKey(byte[] features) => SHA256.HashData([.. "syncxr names of training images\0"u8, .. features]);
}
