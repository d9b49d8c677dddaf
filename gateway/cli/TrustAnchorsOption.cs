using System.CommandLine;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Cli;

/// <summary><c>--trust-anchors</c>: whom a check of signatures trusts.</summary>
internal static class TrustAnchorsOption
{
    private const int MaxPemBytes = 1 << 20;

    public static readonly Option<FileInfo?> Instance = new("--trust-anchors")
    {
        Description = "PEM file of certificates to trust as signers, or as their issuers. Default: nobody is trusted.",
    };

    public static async Task<TrustAnchors> ReadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Instance) is not { } file)
            return TrustAnchors.None;
        var pem = await PathArgumentValidator.ReadBytesAsync(Instance.Name, file, MaxPemBytes, cancellation);
        try
        {
            return TrustAnchors.FromPem(Encoding.UTF8.GetString(pem));
        }
        catch (ProvenanceFormatException error)
        {
            throw MeshException.Invalid(Instance.Name, error.Message);
        }
    }
}
