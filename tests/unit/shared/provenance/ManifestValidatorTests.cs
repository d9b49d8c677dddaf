using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Jumbf;
using SynCxr.Mesh.Provenance.Signing;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

public sealed class ManifestValidatorTests(SignedFilesFixture files) : IClassFixture<SignedFilesFixture>
{
    private static readonly string[] _allFound =
    [
        "claimSignature.insideValidity", "claimSignature.validated", "assertion.hashedURI.match", "assertion.hashedURI.match",
        "assertion.dataHash.match",
    ];

    [Fact]
    public void Validate_AsSigned_IsValidToStrangersAndTrustedByFriends()
    {
        foreach (var picture in new[] { files.Png, files.Jpeg })
        {
            var stranger = files.Stranger.ValidatePicture(picture)!;
            var friend = files.Friend.ValidatePicture(picture)!;

            Assert.Equal((ValidationStates.Valid, ValidationStates.Trusted), (stranger.State, friend.State));
            Assert.Equal(["signingCredential.untrusted"], stranger.Failure);
            Assert.Equal(_allFound, stranger.Success);
            Assert.Equal(["signingCredential.trusted", .. _allFound], friend.Success);
            Assert.Equal((DigitalSourceTypes.TrainedAlgorithmicMedia, "cxr-tiny-generator", "000007.png"),
                (friend.DigitalSourceType, friend.AISystem, friend.Title));
        }
    }

    [Fact]
    public void Sign_Twice_WritesTheSameBytes()
    {
        Assert.Equal(files.Png, ManifestWriter.Sign(files.Png, SignedFilesFixture.Claim, files.Identity));
        Assert.Equal(files.Jpeg, ManifestWriter.Sign(files.Jpeg, SignedFilesFixture.Claim, files.Identity));
        Assert.InRange(files.Png.Length - PictureMark.Write(files.Png, PictureMark.Read(files.Png)!).Length, 1000, 2000);
    }

    [Fact]
    public void Validate_EachByteOutsideTheManifestChanged_IsFound()
    {
        var manifest = PngManifestChunk.Find(files.Png)!;
        for (var at = 33; at < files.Png.Length - 12; at += 11) // behind IHDR, before IEND
        {
            if (at >= manifest.Start && at < manifest.Start + manifest.Length)
                continue;
            var changed = (byte[])files.Png.Clone();
            changed[at] ^= 1;

            try
            {
                Assert.Equal(ValidationStates.Invalid, files.Stranger.ValidatePicture(changed)?.State ?? ValidationStates.Invalid);
            }
            catch (ProvenanceFormatException)
            {
                // The length of a chunk: then the file is no PNG.
            }
        }
    }

    [Fact]
    public void Write_MarkAfterTheSignature_TakesTheManifestOut()
    {
        var late = PictureMark.Write(files.Png, PictureMark.Read(files.Png)! with { Prompt = "Another one." });

        Assert.Null(files.Stranger.ValidatePicture(late));
        Assert.Null(files.Stranger.ValidatePicture(PictureMark.Write(files.Jpeg, PictureMark.Read(files.Jpeg)!)));
    }

    [Fact]
    public void Validate_ChunkBeforeTheManifest_IsFoundTwice()
    {
        var late = PngChunkWriter.Insert(files.Png, "tEXt"u8, "Comment\0late"u8, _ => false);

        Assert.Equal(["assertion.dataHash.mismatch", "assertion.dataHash.mismatch"], files.Friend.ValidatePicture(late)!.Failure);
    }

    [Fact]
    public void Validate_BesideItsFile_IsForThatFile()
    {
        var tar = RandomNumberGenerator.GetBytes(100_000);
        var store = ManifestWriter.SignBeside(SHA256.HashData(tar), SignedFilesFixture.Claim with { Created = DateTimeOffset.UnixEpoch },
            files.Identity);

        Assert.Equal(ValidationStates.Trusted, files.Friend.ValidateBeside(store, new MemoryStream(tar)).State);
        tar[50_000] ^= 1;
        Assert.Equal(["assertion.dataHash.mismatch"], files.Friend.ValidateBeside(store, new MemoryStream(tar)).Failure);
        Assert.Equal(["assertion.dataHash.mismatch"], files.Friend.ValidateBeside(store, new MemoryStream()).Failure);
    }

    [Fact]
    public void Validate_AfterTheCertificateEnded_IsInvalid()
    {
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(31));

        var validation = new ManifestValidator(TrustAnchors.None, later).ValidatePicture(files.Png)!;

        Assert.Equal(ValidationStates.Invalid, validation.State);
        Assert.Equal(["signingCredential.untrusted", "signingCredential.expired"], validation.Failure);
        Assert.True(validation.IsSignedBySigner);
    }

    [Fact]
    public void Validate_AfterTheCertificateEnded_TellsWhetherTheBytesWereSigned()
    {
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(31));
        var validator = new DetachedSignatureValidator(TrustAnchors.None, later);
        var signature = CoseSigner.Sign(files.Identity, "figures"u8.ToArray());

        Assert.True(validator.Validate(signature, "figures"u8.ToArray()).IsSignedBySigner);
        Assert.False(validator.Validate(signature, "others"u8.ToArray()).IsSignedBySigner);
    }

    [Fact]
    public void Insert_StoreOfManySegments_IsFoundWhole()
    {
        var bare = JpegManifestSegments.Remove(files.Jpeg);
        foreach (var length in new[] { 60_000, 65_525, 65_526, 131_042, 131_043, 300_000 })
        {
            var store = JumbfWriter.CreateSuper("c2pa", "c2pa", JumbfWriter.CreateBox("free", new byte[length]));

            var found = JpegManifestSegments.Find(JpegManifestSegments.Insert(bare, store))!;

            Assert.Equal(store, found.Store);
            Assert.Equal(JpegManifestSegments.Measure(store.Length), (found.Start, found.Length));
        }
    }

    [Fact]
    public void Validate_BoxesThatAreCutNestedOrGarbage_AreNamed()
    {
        var store = PngManifestChunk.Find(files.Png)!.Store;
        byte[] nested = [];
        for (var depth = 0; depth < 3000; depth++)
            nested = JumbfWriter.CreateSuper("c2pa", "x", nested.Length == 0 ? [] : [nested]);

        Assert.Contains("cut off", Refuse([]), StringComparison.Ordinal);
        Assert.Contains("no C2PA manifest store", Refuse(Encoding.ASCII.GetBytes(new string('x', 40))), StringComparison.Ordinal);
        Assert.Contains("are left", Refuse(store[..^10]), StringComparison.Ordinal);
        Assert.Contains("deep", Refuse(nested), StringComparison.Ordinal);
        Assert.Contains("no manifest", Refuse(JumbfWriter.CreateSuper("c2pa", "c2pa")), StringComparison.Ordinal);
        Assert.Contains("no C2PA manifest store", Refuse(JumbfWriter.CreateSuper("cbor", "c2pa")), StringComparison.Ordinal);
        Assert.Contains("4096 boxes", Refuse(JumbfWriter.CreateSuper("c2pa", "c2pa",
            [.. Enumerable.Repeat(JumbfWriter.CreateBox("free", []), 5000)])), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_EachNumberOfTheStoreMadeHuge_IsRefusedOrInvalidWhereItIsSigned()
    {
        var store = PngManifestChunk.Find(files.Png)!.Store;
        for (var at = 4; at + 4 < store.Length; at++) // the outermost length lies in what is not signed, and readers pass over it
        {
            var changed = (byte[])store.Clone();
            BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(at), 0x7FFF_FFF0);
            try
            {
                if (Validate(changed).State != ValidationStates.Invalid) // labels of boxes are not signed
                    Assert.Equal(StoredManifest.Read(store).ClaimBytes.ToArray(), StoredManifest.Read(changed).ClaimBytes.ToArray());
            }
            catch (ProvenanceFormatException refusal)
            {
                Assert.NotEmpty(refusal.Message);
            }
        }
    }

    [Fact]
    public void Validate_TwoManifestStores_IsNamed()
    {
        var twice = PngManifestChunk.Insert(files.Png, PngManifestChunk.Find(files.Png)!.Store);

        Assert.Contains("2 manifest stores", Assert.Throws<ProvenanceFormatException>(
            () => files.Stranger.ValidatePicture(twice)).Message, StringComparison.Ordinal);
    }

    private string Refuse(byte[] store) => Assert.Throws<ProvenanceFormatException>(() => Validate(store)).Message;

    private ManifestValidation Validate(byte[] store) =>
        files.Stranger.ValidatePicture(PngManifestChunk.Insert(PngManifestChunk.Remove(files.Png), store))!;
}
