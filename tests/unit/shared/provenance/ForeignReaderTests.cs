using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Jumbf;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

/// <summary>What we write is read by the tools that others use: the C2PA project's library on Node, and exiftool.</summary>
public sealed class ForeignReaderTests(SignedFilesFixture files) : IClassFixture<SignedFilesFixture>, IDisposable
{
    private static readonly string _reader = Path.Combine(Repository.Root, "tests", "polyglot", "c2pa");

    private static readonly string[] _changedTexts =
        [
            "c2pa.claim.v2\0", "c2pa.hash.data\0", "c2pa.signature\0", "c2pa.assertions\0", "c2pa.created", "r-tiny-gen", "000007",
            "self#jumbf=c2pa.asse",
        ];

    private readonly ScratchFolder _scratch = new();

    [Fact]
    public async Task Sign_PictureAndSidecar_AreReadByTheC2paLibraryAsByUs()
    {
        if (!HasLibrary())
            return;
        var claim = SignedFilesFixture.Claim with { Created = DateTimeOffset.UnixEpoch };
        var store = ManifestWriter.SignBeside(new byte[32], claim, files.Identity);
        string[] names = [Write("a.png", files.Png), Write("b.jpg", files.Jpeg), Write("c.c2pa", store)];

        var found = await ReadAsync(files.Signer.RootFile, names);

        Assert.Equal(["Trusted", "Trusted", "Invalid"], found.Select(f => f.GetProperty("state").GetString()));
        Assert.All(found, f => Assert.Equal(DigitalSourceTypes.TrainedAlgorithmicMedia, f.GetProperty("source").GetString()));
        AssertSame(files.Friend.ValidatePicture(files.Png)!, found[0]);
        AssertSame(files.Friend.ValidatePicture(files.Jpeg)!, found[1]);
        AssertSame(files.Friend.ValidateBeside(store, new MemoryStream([1])), found[2]); // the library has no file for it here
    }

    [Fact]
    public async Task Validate_DamagedFiles_FindsWhatTheC2paLibraryFinds()
    {
        if (!HasLibrary())
            return;
        var variants = CreateVariants().ToDictionary(v => v.Name, v => v.File);
        string[] names = [.. variants.Select(v => Write($"{v.Key}.png", v.Value))];
        foreach (var (anchors, validator) in new[] { ("-", files.Stranger), (files.Signer.RootFile, files.Friend) })
        {
            var found = await ReadAsync(anchors, names);
            foreach (var ((name, file), answer) in variants.Zip(found))
            {
                try
                {
                    var ours = validator.ValidatePicture(file)!;
                    if (answer.TryGetProperty("error", out var error)) // the library has no report of it
                        Assert.True(ours.State == ValidationStates.Invalid, $"{name}: {error}");
                    else
                        Assert.Equal(Describe(name, answer), Describe(name, ours));
                }
                catch (ProvenanceFormatException)
                {
                    Assert.True(answer.TryGetProperty("error", out _), $"{name}: {answer}");
                }
            }
        }
    }

    [Fact]
    public async Task Write_Marks_AreReadByExiftool()
    {
        if (!Prerequisite.IsOnPath("exiftool", "apt-get install libimage-exiftool-perl"))
            return;
        const string Prompt = "Opacity < 3 cm & “round” – 左肺, naïve\nsmall \"nodule\"";
        var mark = SyntheticMark.FromModel("cxr-tiny-generator", "1.2", Prompt) with { SpecDigest = new string('b', 64), Pair = 12 };

        var output = await ForeignProgram.RunAsync("exiftool", "-j", "-G1", "-XMP:all", "-warning", "-error",
            Write("a.png", PictureMark.Write(files.Png, mark)), Write("b.jpg", PictureMark.Write(files.Jpeg, mark)));

        using var read = JsonDocument.Parse(output[..(output.LastIndexOf(']') + 1)]);
        Assert.Equal(2, read.RootElement.GetArrayLength());
        foreach (var fields in read.RootElement.EnumerateArray())
        {
            Assert.Equal(DigitalSourceTypes.TrainedAlgorithmicMedia, fields.GetProperty("XMP-iptcExt:DigitalSourceType").GetString());
            Assert.Equal("cxr-tiny-generator", fields.GetProperty("XMP-iptcExt:AISystemUsed").GetString());
            Assert.Equal("1.2", fields.GetProperty("XMP-iptcExt:AISystemVersionUsed").ToString());
            Assert.Equal(Prompt, fields.GetProperty("XMP-iptcExt:AIPromptInformation").GetString());
            Assert.Equal("SynCxr.Mesh", fields.GetProperty("XMP-xmp:CreatorTool").GetString());
            Assert.Equal(mark.SpecDigest, fields.GetProperty("XMP-syncxr:SpecDigest").GetString());
            Assert.Equal("12", fields.GetProperty("XMP-syncxr:Pair").ToString());
            Assert.DoesNotContain(fields.EnumerateObject(), f => f.Name is "ExifTool:Warning" or "ExifTool:Error");
        }
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Files with one thing wrong each: pixels, chunks, boxes, and signers whose certificates are none for this.</summary>
    private IEnumerable<(string Name, byte[] File)> CreateVariants()
    {
        var png = files.Png;
        var store = PngManifestChunk.Find(png)!.Store;
        var bare = PngManifestChunk.Remove(png);
        byte[] pixel = [.. png[..^20], (byte)(png[^20] ^ 1), .. png[^19..]];
        yield return ("pixel", pixel);
        yield return ("late", PngChunkWriter.Insert(png, "tEXt"u8, "Comment\0late"u8, _ => false));
        yield return ("behind", [.. png, 1, 2, 3]);
        yield return ("cut", PngManifestChunk.Insert(bare, store[..^10]));
        yield return ("trailing", PngManifestChunk.Insert(bare, [.. store, .. new byte[9]]));
        yield return ("garbage", PngManifestChunk.Insert(bare, [.. "this is garbage, not boxes"u8]));
        yield return ("empty", PngManifestChunk.Insert(bare, []));
        yield return ("twice", PngManifestChunk.Insert(png, store));
        yield return ("shell", PngManifestChunk.Insert(bare, JumbfWriter.CreateSuper("c2pa", "c2pa")));
        foreach (var (index, label) in _changedTexts.Index())
            yield return ($"text-{index}", PngManifestChunk.Insert(bare, ChangeBehind(store, label)));
        foreach (var (index, row) in SigningIdentityTests.WrongCertificates.Index())
        {
            var (key, chain) = files.Signer.Issue("variant", row.Data.Item2);
            yield return ($"signer-{index}", ManifestWriter.Sign(png, SignedFilesFixture.Claim, SigningIdentity.LoadUnchecked(key, chain)));
        }
    }

    /// <summary>Flips a bit of the last letter of a text in the store.</summary>
    private static byte[] ChangeBehind(byte[] store, string text)
    {
        var changed = (byte[])store.Clone();
        changed[changed.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) + text.Length - 2] ^= 2;
        return changed;
    }

    private static void AssertSame(ManifestValidation ours, JsonElement theirs) =>
        Assert.Equal(Describe("", theirs), Describe("", ours));

    private static string Describe(string name, ManifestValidation ours) =>
        $"{name}: {ours.State}; {string.Join(", ", ours.Success)}; {string.Join(", ", ours.Failure)}";

    private static string Describe(string name, JsonElement theirs)
    {
        if (theirs.TryGetProperty("error", out var error))
            return $"{name}: error {error}";
        string[] lists = [.. new[] { "success", "failure" }.Select(list =>
            string.Join(", ", theirs.GetProperty(list).EnumerateArray().Select(c => c.GetString())))];
        return $"{name}: {theirs.GetProperty("state").GetString()}; {lists[0]}; {lists[1]}";
    }

    private static bool HasLibrary() => Prerequisite.IsOnPath("node", "apt-get install nodejs")
        && Prerequisite.IsPresent(Path.Combine(_reader, "node_modules"), $"npm ci --prefix {_reader}");

    private static async Task<List<JsonElement>> ReadAsync(string anchors, IEnumerable<string> names)
    {
        var output = await ForeignProgram.RunAsync("node", [Path.Combine(_reader, "read.mjs"), anchors, .. names]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_scratch[name], bytes);
        return _scratch[name];
    }
}
