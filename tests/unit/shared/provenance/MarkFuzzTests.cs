using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Shared.Tests.Imaging;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

/// <summary>Damaged files: a report or a named refusal, soon, and never trust in one of which what is signed was changed.</summary>
public sealed class MarkFuzzTests(SignedFilesFixture files) : IClassFixture<SignedFilesFixture>
{
    private const int Files = 20_000, Seed = 20261130;

    [Fact]
    public void Read_MutatedFiles_AreReportedOrRefusedByName()
    {
        var random = new Random(Seed);
        var friend = files.Friend;
        var (reports, refusals, none) = (0, 0, 0);
        for (var i = 0; i < Files; i++)
        {
            var original = i % 2 == 0 ? files.Png : files.Jpeg;
            var changed = FileMutation.Mutate(original, random, reach: 3600);
            try
            {
                var mark = PictureMark.Read(changed);
                var validation = friend.ValidatePicture(changed);
                if (validation is null)
                    none++;
                else
                    reports++;
                if (validation is { State: ValidationStates.Trusted })
                    AssertUnchanged(original, changed);
                Assert.True(mark is null || mark.ToString().Length < original.Length * 4);
            }
            catch (ProvenanceFormatException refusal)
            {
                refusals++;
                Assert.NotEmpty(refusal.Message);
            }
        }

        Assert.True(reports > Files / 10 && refusals > Files / 10 && none > 0, $"{reports} reports, {refusals} refusals, {none} without");
    }

    /// <summary>Called trusted is only what has the same bytes outside of the manifest, and the same claim.</summary>
    private void AssertUnchanged(byte[] original, byte[] changed)
    {
        var isPng = original == files.Png;
        Func<byte[], byte[]> remove = isPng ? PngManifestChunk.Remove : JpegManifestSegments.Remove;
        Func<byte[], EmbeddedManifest?> find = isPng ? PngManifestChunk.Find : JpegManifestSegments.Find;
        Assert.Equal(remove(original), remove(changed));
        Assert.Equal(StoredManifest.Read(find(original)!.Store).ClaimBytes.ToArray(),
            StoredManifest.Read(find(changed)!.Store).ClaimBytes.ToArray());
    }
}
