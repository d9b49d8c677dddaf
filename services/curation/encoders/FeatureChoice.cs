using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>What a request wants instead of the judge's own features and bank.</summary>
/// <param name="Encoder">Null for the judge's own features.</param>
/// <param name="Bank">Null for the judge's own bank.</param>
internal sealed record FeatureChoice(LoadedImageEncoder? Encoder, ImageBank? Bank)
{
    /// <summary>The likeness to the bank; null where the judge's own is wanted.</summary>
    /// <param name="features">Of the encoder where one is chosen, else the judge's.</param>
    public LikenessResult? MeasureBank(ReadOnlySpan<float> features) =>
        Bank?.FindNearest(features).ToLikeness(LikenessCheckNames.BadBank, Bank.Threshold!.Value);
}

/// <summary>Finds the encoder and the bank that a request names, and refuses what does not go together.</summary>
internal sealed class FeatureChoiceResolver(ImageEncoderCatalogue encoders, ImageBankCatalogue banks)
{
    /// <exception cref="MeshException">INVALID_FIELD: none of that name, or a bank of other features; MODEL_NOT_LOADED: another digest
    /// than the request wants, or a bank that can't be used.</exception>
    public FeatureChoice Resolve(PinnedName? embedding, PinnedName? bank, JudgeModel judge)
    {
        var encoder = FindEncoder(embedding);
        if (bank is null || bank.Name.Length == 0)
            return new FeatureChoice(encoder, null);
        var found = banks.Find(bank.Name) ?? throw MeshException.Invalid("bank.name",
            $"Unknown bank '{EchoedText.Shorten(bank.Name)}'. This replica has "
                + $"{string.Join(", ", banks.List().Select(other => other.Name).DefaultIfEmpty("none"))}.");
        if (found.Problem is { } problem)
            throw new MeshException(ErrorReasons.ModelNotLoaded, $"The bank {found.Name} can't be used: {problem}");
        bank.RequireDigest("bank", found.Digest);
        var (name, digest) = encoder is null ? (judge.Card.Name, judge.Digest) : (encoder.Card.Name, encoder.Digest);
        if (found.EncoderDigest != digest)
        {
            throw MeshException.Invalid("bank.name", $"The bank {found.Name} was made with {found.Encoder} of digest "
                + $"{found.EncoderDigest}, and the features asked for are those of {name} of digest {digest}.");
        }
        return found.Threshold is null
            ? throw MeshException.Invalid("bank.name", $"The bank {found.Name} has no threshold. Set one with: syncxr bank thresholds "
                + $"{found.Name} --good FOLDER --bad FOLDER --write")
            : new FeatureChoice(encoder, found);
    }

    /// <summary>The encoder that a request names; null for the judge's own features.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: none of that name; MODEL_NOT_LOADED: another digest than the request
    /// wants.</exception>
    public LoadedImageEncoder? FindEncoder(PinnedName? embedding)
    {
        if (embedding is null || embedding.Name.Length == 0)
            return null;
        var encoder = encoders.Load(embedding.Name, "embedding.name");
        embedding.RequireDigest("embedding", encoder.Digest);
        return encoder;
    }
}
