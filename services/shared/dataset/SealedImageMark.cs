using SynCxr.Mesh.Provenance;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What every PNG of a data set says of itself: the model, the prompt, and which pair of which set it is.</summary>
public static class SealedImageMark
{
    /// <param name="spec">Spec of the data set.</param>
    /// <param name="specDigest">Its digest.</param>
    /// <param name="index">Index of the pair.</param>
    /// <param name="prompt">The pair's IMPRESSION.</param>
    public static SyntheticMark Create(ResolvedSpec spec, string specDigest, long index, string prompt) =>
        SyntheticMark.FromModel(spec.Image.Generator.Name, spec.Image.Generator.Version, prompt) with
        {
            SpecDigest = specDigest,
            Pair = index,
        };

    /// <summary>The mark of a pair of a sealed set.</summary>
    public static SyntheticMark Create(DatasetManifest manifest, PairRecord pair) =>
        Create(manifest.Spec, manifest.SpecDigest, pair.Index, pair.Impression);
}
