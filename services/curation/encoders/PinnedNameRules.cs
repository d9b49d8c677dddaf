using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>Holds what a replica has against what a request pinned.</summary>
internal static class PinnedNameRules
{
    /// <param name="field">Path of the name in the request.</param>
    /// <param name="digest">What the replica's one has.</param>
    /// <exception cref="MeshException">MODEL_NOT_LOADED: the request wants another digest.</exception>
    public static void RequireDigest(this PinnedName wanted, string field, string digest)
    {
        if (wanted.Digest.Length > 0 && wanted.Digest != digest)
        {
            throw new MeshException(ErrorReasons.ModelNotLoaded, $"{field}: this replica's {wanted.Name} has the digest {digest}, and "
                + $"{EchoedText.Shorten(wanted.Digest)} is wanted.");
        }
    }
}
