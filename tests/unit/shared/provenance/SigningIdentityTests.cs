using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

/// <summary>What can't sign a manifest that others would take is refused before anything is signed, with what is wrong.</summary>
public sealed class SigningIdentityTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly TestSigner _signer;

    public SigningIdentityTests() => _signer = new TestSigner(_scratch["signer"]);

    public static TheoryData<string, TestSignerOptions> WrongCertificates { get; } = new()
    {
        { "certificate authority", new() { IsAuthority = true } },
        { "key usage", new() { KeyUsage = null } },
        { "digitalSignature", new() { KeyUsage = X509KeyUsageFlags.KeyEncipherment } },
        { "digitalSignature", new() { KeyUsage = X509KeyUsageFlags.NonRepudiation } },
        { "keyCertSign", new() { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign } },
        { "no extended key usage", new() { Purposes = [] } },
        { "emailProtection", new() { Purposes = ["1.3.6.1.5.5.7.3.1"] } },
        { "emailProtection", new() { Purposes = ["1.3.6.1.4.1.62558.2.1"] } },
        { "usage any", new() { Purposes = ["2.5.29.37.0", TestSignerOptions.EmailProtection] } },
        { "time stamp", new() { Purposes = ["1.3.6.1.5.5.7.3.8", TestSignerOptions.EmailProtection] } },
        { "authority key identifier", new() { HasAuthorityKey = false } },
        { "has expired", new() { Start = TimeSpan.FromDays(-9), End = TimeSpan.FromDays(-1) } },
        { "not valid yet", new() { Start = TimeSpan.FromDays(1) } },
    };

    [Theory]
    [MemberData(nameof(WrongCertificates))]
    public void Load_CertificateThatReadersRefuse_SaysWhy(string problem, TestSignerOptions options)
    {
        var (key, chain) = _signer.Issue("wrong", options);

        var refusal = Refuse(key, chain);

        Assert.Equal(SigningFile.Certificates, refusal.File);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_KeyOfAnotherKind_SaysWhy()
    {
        var (key, chain) = _signer.Issue("good");
        var (wide, wideChain) = _signer.Issue("wide", new() { Curve = ECCurve.NamedCurves.nistP384 });
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encrypted = ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc,
            HashAlgorithmName.SHA256, 1));

        Assert.Contains("P-256", RefuseKey(wide, wideChain), StringComparison.Ordinal);
        Assert.Contains("no private key", RefuseKey(WriteFile("rsa.pem", rsa.ExportPkcs8PrivateKeyPem()), chain), StringComparison.Ordinal);
        Assert.Contains("encrypted", RefuseKey(WriteFile("locked.pem", encrypted), chain), StringComparison.Ordinal);
        Assert.Contains("no private key", RefuseKey(WriteFile("public.pem", ecdsa.ExportSubjectPublicKeyInfoPem()), chain),
            StringComparison.Ordinal);
        Assert.Contains("no private key", RefuseKey(chain, chain), StringComparison.Ordinal);
        Assert.Contains("no private key", RefuseKey(WriteFile("empty.pem", ""), chain), StringComparison.Ordinal);
        Assert.Contains("can't be read", RefuseKey(_scratch["absent.pem"], chain), StringComparison.Ordinal);
        Assert.Contains("bytes", RefuseKey(WriteFile("large.pem", new string('x', 2_000_000)), chain), StringComparison.Ordinal);
        Assert.NotNull(SigningIdentity.Load(WriteFile("old.pem", ReadKey(key).ExportECPrivateKeyPem()), chain, Now)); // SEC 1
    }

    [Fact]
    public void Load_ChainThatIsNone_SaysWhy()
    {
        var (key, chain) = _signer.Issue("good");
        var (_, other) = _signer.Issue("other");

        Assert.Contains("another key", Refuse(key, other).Message, StringComparison.Ordinal);
        Assert.Contains("no certificate", Refuse(key, key).Message, StringComparison.Ordinal);
        Assert.Contains("can't be read", Refuse(key, _scratch["absent.pem"]).Message, StringComparison.Ordinal);
        Assert.Contains("can't be read",
            Refuse(key, WriteFile("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).Message,
            StringComparison.Ordinal);
        Assert.Contains("certificate 2 is not the issuer",
            Refuse(key, WriteFile("order.pem", File.ReadAllText(chain).Split("-----END")[0] + "-----END CERTIFICATE-----\n"
                + File.ReadAllText(other))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_VectorsOfRfc6979_AreTheirSignatures()
    {
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Convert.FromHexString("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"),
            Q = new()
            {
                X = Convert.FromHexString("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
                Y = Convert.FromHexString("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
            },
        });
        var (file, chain) = _signer.Issue("vector", new() { Key = key, IsSelfSigned = true });
        var identity = SigningIdentity.Load(file, chain, Now);

        Assert.Equal( // RFC 6979, A.2.5, with SHA-256
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
            + "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            Convert.ToHexString(identity.Sign(Encoding.ASCII.GetBytes("sample"))));
        Assert.Equal(
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
            + "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
            Convert.ToHexString(identity.Sign(Encoding.ASCII.GetBytes("test"))));
    }

    public void Dispose()
    {
        _signer.Dispose();
        _scratch.Dispose();
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static ECDsa ReadKey(string file)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(file));
        return key;
    }

    private static SigningIdentityException Refuse(string key, string chain) =>
        Assert.Throws<SigningIdentityException>(() => SigningIdentity.Load(key, chain, Now));

    private static string RefuseKey(string key, string chain)
    {
        var refusal = Refuse(key, chain);
        Assert.Equal(SigningFile.Key, refusal.File);
        return refusal.Message;
    }

    private string WriteFile(string name, string text)
    {
        File.WriteAllText(_scratch[name], text);
        return _scratch[name];
    }
}
