namespace SynCxr.Mesh.Provenance.Signing;

/// <summary>Which of the two files of a signer is wrong.</summary>
public enum SigningFile
{
    /// <summary>The private key.</summary>
    Key,

    /// <summary>The certificate chain.</summary>
    Certificates,
}

/// <summary>A key or a certificate that can't sign; the message ends a sentence that begins with the name of its setting.</summary>
public sealed class SigningIdentityException(SigningFile file, string problem, Exception? inner = null) : Exception(problem, inner)
{
    public SigningFile File { get; } = file;
}
