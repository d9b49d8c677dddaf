using System.Text.Json;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging.Dicom;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

/// <summary>
/// Marked files held to what exiftool, the C2PA project's library and pydicom say of them. Left out by name: <c>mark-*</c>, <c>tile-*</c>
/// and <c>noise</c>, the answers for an invisible mark, which is not built here.
/// </summary>
public sealed class SyntheticMarkGoldenTests
{
    private const string Name = "synthetic-mark", WithoutAnchor = "no anchor", WithAnchor = "with root.pem";

    private static readonly Dictionary<string, Func<SyntheticMark, string?>> _xmpFields = new()
    {
        ["XMP-iptcExt:DigitalSourceType"] = m => m.DigitalSourceType,
        ["XMP-iptcExt:AISystemUsed"] = m => m.AISystem,
        ["XMP-iptcExt:AISystemVersionUsed"] = m => m.AISystemVersion,
        ["XMP-iptcExt:AIPromptInformation"] = m => m.Prompt,
        ["XMP-xmp:CreatorTool"] = m => m.CreatorTool,
    };

    private static readonly Dictionary<string, uint> _dicomFields = new()
    {
        ["SyntheticData"] = DicomTags.SyntheticData,
        ["ContentQualification"] = DicomTags.ContentQualification,
        ["ImageType"] = 0x0008_0008,
        ["ConversionType"] = 0x0008_0064,
    };

    [GoldenFact("synthetic-mark")]
    public void Files_AreReadAsOtherToolsDo()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("expected.json"))
            return;
        using var expected = JsonDocument.Parse(File.ReadAllText(folder.Resolve("expected.json")));
        var cases = expected.RootElement.EnumerateObject().ToList();
        var leftOut = cases.Where(c => IsInvisible(c.Name)).Select(c => c.Name).ToList();
        GoldenCases.Note(Name, $"left out, since no invisible mark is built: {string.Join(", ", leftOut)}");
        GoldenCases.Run(Name, cases.Where(c => !IsInvisible(c.Name)), c => c.Name, c => Check(folder, c.Name, c.Value));
    }

    private static bool IsInvisible(string name) => name == "noise" || name.StartsWith("mark-", StringComparison.Ordinal);

    private static void Check(GoldenFolder folder, string name, JsonElement expected)
    {
        var bytes = File.ReadAllBytes(folder.Resolve(name));
        var checks = 0;
        foreach (var part in expected.EnumerateObject())
        {
            checks++;
            switch (part.Name)
            {
                case "exiftool":
                    CheckXmp(bytes, part.Value);
                    break;
                case "c2pa":
                    CheckManifest(folder, bytes, part.Value);
                    break;
                case "pydicom":
                    CheckDicom(bytes, part.Value);
                    break;
                case "pixels_sha256":
                    CheckPixels(bytes, part.Value.GetString()!);
                    break;
                case "bytes":
                    Assert.Equal(part.Value.GetInt32(), bytes.Length);
                    break;
                default:
                    Assert.Fail($"no check of '{part.Name}'");
                    break;
            }
        }

        Assert.True(checks > 0, "has no answer");
    }

    private static void CheckXmp(byte[] picture, JsonElement fields)
    {
        var mark = PictureMark.Read(picture);
        Assert.NotNull(mark);
        foreach (var field in fields.EnumerateObject())
            Assert.Equal(field.Value.ToString(), _xmpFields[field.Name](mark)); // exiftool prints a version "1" as a number
    }

    private static void CheckManifest(GoldenFolder folder, byte[] picture, JsonElement answers)
    {
        foreach (var answer in answers.EnumerateObject())
        {
            var anchors = answer.Name switch
            {
                WithoutAnchor => TrustAnchors.None,
                WithAnchor => TrustAnchors.FromPem(File.ReadAllText(folder.Resolve("root.pem"))),
                _ => throw new InvalidDataException($"no reading '{answer.Name}'"),
            };
            CheckValidation(new ManifestValidator(anchors, TimeProvider.System), picture, answer.Value);
        }
    }

    private static void CheckValidation(ManifestValidator validator, byte[] picture, JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error))
        {
            CheckRefusal(validator, picture, error.GetString()!);
            return;
        }

        var validation = validator.ValidatePicture(picture);
        Assert.NotNull(validation);
        Assert.Equal(ReadCodes(answer, "success"), validation.Success);
        Assert.Equal(ReadCodes(answer, "failure"), validation.Failure);
        Assert.Equal(answer.GetProperty("validation_state").GetString(), validation.State);
    }

    /// <summary>What the library has no report of: no manifest; else it is refused here too, or called invalid with a code.</summary>
    private static void CheckRefusal(ManifestValidator validator, byte[] picture, string error)
    {
        if (error.Contains("NotFound", StringComparison.Ordinal))
        {
            Assert.Null(validator.ValidatePicture(picture));
            return;
        }

        try
        {
            Assert.Equal(ValidationStates.Invalid, validator.ValidatePicture(picture)?.State);
        }
        catch (ProvenanceFormatException refusal)
        {
            Assert.NotEmpty(refusal.Message);
        }
    }

    private static IEnumerable<string?> ReadCodes(JsonElement answer, string name) =>
        answer.GetProperty(name).EnumerateArray().Select(c => c.GetString());

    private static void CheckDicom(byte[] file, JsonElement fields)
    {
        var (elements, _) = DicomReader.Read(file);
        foreach (var field in fields.EnumerateObject())
        {
            var text = elements.FindText(_dicomFields[field.Name]);
            var ours = text.Contains('\\') // as Python prints a list
                ? $"[{string.Join(", ", text.Split('\\').Select(v => $"'{v}'"))}]" : text;
            Assert.Equal(field.Value.GetString(), ours);
        }
    }

    private static void CheckPixels(byte[] file, string sha256)
    {
        var (elements, syntax) = DicomReader.Read(file);
        var stored = StoredPixels.Read(elements, syntax, PixelFormat.Read(elements), frame: 0);
        Assert.Equal(sha256, Sha256Digest.HexOf([.. stored.Select(v => (byte)v)]));
    }
}
