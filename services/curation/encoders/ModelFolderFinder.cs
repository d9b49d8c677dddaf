using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>
/// Finds the model folders that requests can name: those below <c>Curation:EncoderRoot</c>, and the image-text models that ship. The
/// folders are looked through each time.
/// </summary>
internal sealed class ModelFolderFinder(IOptions<CurationOptions> options)
{
    /// <summary>
    /// The cards and digests of a kind, each by the name of its folder, which requests refer to it by. A damaged one is left out: whoever
    /// names it hears of it.
    /// </summary>
    public IEnumerable<(ModelCard Card, string Digest)> List(string kind) => Folders(kind)
        .Select(folder => (Name: Path.GetFileName(folder), Card: FindCard(folder), Digest: ModelFolder.DigestOfSums(folder)))
        .Where(entry => entry.Card?.Kind == kind && entry.Digest is not null)
        .Select(entry => (entry.Card! with { Name = entry.Name }, entry.Digest!));

    /// <summary>The folder of that name and kind.</summary>
    /// <param name="what">What such a model is called in a message: "image encoder".</param>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, there are two, or it is of another kind.</exception>
    public string Require(string kind, string name, string field, string what)
    {
        List<string> found = [.. Folders(kind).Where(folder => Path.GetFileName(folder) == name)];
        if (found.Count > 1)
        {
            throw MeshException.Invalid(field, $"'{EchoedText.Shorten(name)}' is the name of a shipped {what} and of one below "
                + $"{CurationOptions.Section}:{nameof(CurationOptions.EncoderRoot)}: give that one another name");
        }
        if (found.Count == 1)
        {
            // A card that can't be read is said by whoever opens the folder.
            return FindCard(found[0]) is not { } card || card.Kind == kind ? found[0] : throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' is a model of the kind {card.Kind}; an {what} is of the kind {kind}");
        }
        throw MeshException.Invalid(field, $"Unknown {what} '{EchoedText.Shorten(name)}'. This replica has "
            + $"{string.Join(", ", List(kind).Select(entry => entry.Card.Name).DefaultIfEmpty("none"))}.");
    }

    private IEnumerable<string> Folders(string kind) =>
        Below(options.Value.EncoderRoot).Concat(kind == ModelKindNames.VisionLanguage ? Below("models") : []);

    private static IEnumerable<string> Below(string setting)
    {
        var root = setting.Length == 0 ? "" : CurationOptions.ResolvePath(setting);
        return Directory.Exists(root) ? Directory.EnumerateDirectories(root).Where(folder => ModelFolder.FindProblem(folder) is null)
            .Order(StringComparer.Ordinal) : [];
    }

    private static ModelCard? FindCard(string folder)
    {
        try
        {
            return ModelCardFile.Read(Path.Combine(folder, ModelFolder.CardFile));
        }
        catch (InvalidDataException)
        {
            return null; // of another service, or damaged
        }
    }
}
