namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>What a check of a file's manifest found.</summary>
public sealed class ManifestValidation
{
    private readonly List<string> _success = [], _failure = [], _explanations = [];

    /// <summary>One of <see cref="ValidationStates"/>.</summary>
    public string State => _failure.Any(code => code != ValidationCodes.SignerUntrusted)
        || !_success.Contains(ValidationCodes.SignatureValidated) ? ValidationStates.Invalid
        : _success.Contains(ValidationCodes.SignerTrusted) ? ValidationStates.Trusted : ValidationStates.Valid;

    /// <summary>Codes of what is as it should be, in the order of the checks.</summary>
    public IReadOnlyList<string> Success => _success;

    /// <summary>Codes of what is not.</summary>
    public IReadOnlyList<string> Failure => _failure;

    /// <summary>A sentence for each failure.</summary>
    public IReadOnlyList<string> Explanations => _explanations;

    /// <summary>Label of the manifest that was checked: the last of the store.</summary>
    public required string Label { get; init; }

    /// <summary>Manifests of other files that this one was made from; they are not checked.</summary>
    public required int OtherManifests { get; init; }

    /// <summary>How the file came to be, by the manifest's first action; null where it does not say.</summary>
    public string? DigitalSourceType { get; internal set; }

    /// <summary>The generator that the manifest names; null where it names none.</summary>
    public string? AISystem { get; internal set; }

    /// <summary>Subject of the signer's certificate, as it stands there; null where there is none that can be read.</summary>
    public string? Signer { get; internal set; }

    /// <summary>SHA-256 of the signer's certificate; null where there is none that can be read.</summary>
    public string? SignerDigest { get; internal set; }

    /// <summary>
    /// Whether the signature is over the claim and of the certificate's key. Told beside the codes, which say nothing of it where the
    /// certificate is not valid today.
    /// </summary>
    public bool IsSignedBySigner { get; internal set; }

    /// <summary>Title of the file that was signed.</summary>
    public string? Title { get; internal set; }

    internal void Succeed(string code) => _success.Add(code);

    internal void Fail(string code, string explanation)
    {
        _failure.Add(code);
        _explanations.Add(explanation);
    }
}
