using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Curation.Alignment;

/// <summary>Reads what image-text models say of examples, below <c>Curation:AlignmentRoot</c>.</summary>
internal sealed class AlignmentExamplesReader(IOptions<CurationOptions> options)
{
    /// <summary>The examples of a model; null where it was measured with none.</summary>
    /// <exception cref="MeshException">INVALID_FIELD of <c>alignment</c>: the file can't be read.</exception>
    public AlignmentExamples? Find(LoadedAlignmentModel model)
    {
        if (options.Value.AlignmentRoot.Length == 0)
            return null;
        var root = CurationOptions.ResolvePath(options.Value.AlignmentRoot);
        try
        {
            return AlignmentExamplesFile.Find(root, model.Digest) is not { } found ? null : new AlignmentExamples
            {
                Model = model.Card.Name,
                Digest = model.Digest,
                DataDigest = found.DataDigest,
                Matched = { found.Matched },
                Shuffled = { found.Shuffled },
            };
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw MeshException.Invalid("alignment", $"The examples of {model.Card.Name} can't be used: "
                + error.Message.Replace(root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
                + $" Measure them again with: syncxr alignment thresholds {model.Card.Name} --data FOLDER --write");
        }
    }
}
