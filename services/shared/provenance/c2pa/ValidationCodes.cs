namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Codes of what a check of a manifest found, as C2PA 2.2 names them (15.2).</summary>
public static class ValidationCodes
{
    public const string SignerTrusted = "signingCredential.trusted", SignerUntrusted = "signingCredential.untrusted",
        SignerInvalid = "signingCredential.invalid", SignerExpired = "signingCredential.expired",
        AlgorithmUnsupported = "algorithm.unsupported", SignatureInTime = "claimSignature.insideValidity",
        SignatureValidated = "claimSignature.validated", SignatureMismatch = "claimSignature.mismatch",
        SignatureMissing = "claimSignature.missing", ClaimMalformed = "claim.malformed", AssertionMatch = "assertion.hashedURI.match",
        AssertionMismatch = "assertion.hashedURI.mismatch", AssertionMissing = "assertion.missing",
        AssertionUndeclared = "assertion.undeclared", AssertionOutside = "assertion.outsideManifest",
        ActionMalformed = "assertion.action.malformed", ActionIngredientMismatch = "assertion.action.ingredientMismatch",
        ClaimMissing = "claim.missing", BindingMissing = "claim.hardBindings.missing",
        BindingsMultiple = "assertion.multipleHardBindings", DataHashMatch = "assertion.dataHash.match",
        DataHashMismatch = "assertion.dataHash.mismatch", DataHashMalformed = "assertion.dataHash.malformed";
}

/// <summary>What a manifest is worth, as readers of C2PA put it.</summary>
public static class ValidationStates
{
    /// <summary>The file, or the manifest, was changed after it was signed, or the signer's certificate is none for this.</summary>
    public const string Invalid = "Invalid";

    /// <summary>As it was signed, by somebody whom this reader has no anchor for.</summary>
    public const string Valid = "Valid";

    /// <summary>As it was signed, by somebody whom an anchor vouches for.</summary>
    public const string Trusted = "Trusted";
}
