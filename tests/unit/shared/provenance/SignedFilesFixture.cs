using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

/// <summary>A signer of the tests and files that it signed.</summary>
public sealed class SignedFilesFixture : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public SignedFilesFixture()
    {
        Signer = new TestSigner(_scratch["signer"]);
        Identity = Load();
        var png = ImageCodec.EncodePng(new GrayImage(64, 48, [.. Enumerable.Range(0, 64 * 48).Select(i => (byte)(i * 7 % 251))]));
        var jpeg = ImageCodec.EncodeJpeg(ImageCodec.Decode(png, "png"), quality: 90);
        var mark = SyntheticMark.FromModel("cxr-tiny-generator", "1", "Mild left pleural effusion.");
        Png = ManifestWriter.Sign(PictureMark.Write(png, mark), Claim, Identity);
        Jpeg = ManifestWriter.Sign(PictureMark.Write(jpeg, mark), Claim, Identity);
    }

    public static ManifestClaim Claim { get; } = new("root of a set|7", "000007.png", "cxr-tiny-generator", "1");

    public TestSigner Signer { get; }

    public SigningIdentity Identity { get; }

    /// <summary>A PNG with mark and manifest.</summary>
    public byte[] Png { get; }

    /// <summary>A JPEG with mark and manifest.</summary>
    public byte[] Jpeg { get; }

    /// <summary>Readers that trust nobody, and the tests' authority.</summary>
    public ManifestValidator Stranger { get; } = new(TrustAnchors.None, TimeProvider.System);

    public ManifestValidator Friend => new(TrustAnchors.FromPem(File.ReadAllText(Signer.RootFile)), TimeProvider.System);

    /// <summary>A signer of certain options.</summary>
    public SigningIdentity Load(TestSignerOptions? options = null)
    {
        var (key, chain) = Signer.Issue("signer", options);
        return SigningIdentity.Load(key, chain, TimeProvider.System.GetUtcNow());
    }

    public void Dispose()
    {
        Signer.Dispose();
        _scratch.Dispose();
    }
}
