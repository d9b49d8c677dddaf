using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Image;

/// <summary>A pair of a sealed data set that a picture is, or says it is.</summary>
/// <param name="Folder">Folder of the set.</param>
/// <param name="Root">Its root.</param>
/// <param name="Pair">Index of the pair.</param>
/// <param name="IsSamePixels">Whether the pixels are those of the pair.</param>
internal sealed record InspectedPair(string Folder, string Root, long Pair, bool IsSamePixels);

/// <summary>What a picture tells of its origin, by its marks and by its pixels.</summary>
/// <param name="MediaType">image/png, image/jpeg or application/dicom.</param>
/// <param name="PixelsSha256">Digest of the pixels, as data sets have it.</param>
internal sealed record ImageInspection(string MediaType, string PixelsSha256)
{
    /// <summary>What its XMP packet says; null where it has none.</summary>
    public SyntheticMark? Mark { get; private init; }

    /// <summary>What its manifest is worth; null where it has none.</summary>
    public ManifestValidation? Manifest { get; private init; }

    /// <summary>What it says as a DICOM file; null where it is none.</summary>
    public DicomOrigin? Dicom { get; private init; }

    /// <summary>Marks that can't be read, and what marks and pixels contradict each other in.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Pairs of the sets that it was held against.</summary>
    public IReadOnlyList<InspectedPair> Pairs { get; private init; } = [];

    /// <summary>Whether a mark that can be read says that a model made it, or its pixels are of a pair.</summary>
    public bool IsSynthetic => Mark is { IsSynthetic: true } || Dicom is { IsSynthetic: true } || IsByPixels
        || Manifest is { State: not ValidationStates.Invalid, DigitalSourceType: DigitalSourceTypes.TrainedAlgorithmicMedia };

    /// <summary>Whether its pixels are those of a pair of a set that it was held against: nobody can put that on by hand.</summary>
    public bool IsByPixels => Pairs.Any(p => p.IsSamePixels);

    /// <summary>Whether it is of this mesh's making: by its pixels, or by what its marks say.</summary>
    public bool IsOurs => IsByPixels || Mark is { IsSynthetic: true, CreatorTool: SyntheticMark.Mesh }
        || Dicom is { IsSynthetic: true, Manufacturer: SyntheticMark.Mesh };

    /// <param name="field">What messages call the file.</param>
    /// <param name="anchors">Whom to trust as signer of a manifest.</param>
    /// <exception cref="MeshException">INVALID_FIELD: neither PNG, JPEG nor DICOM, or it can't be decoded.</exception>
    public static ImageInspection Read(byte[] file, string field, TrustAnchors anchors)
    {
        if (DicomDecoder.IsDicom(file))
        {
            var gray = DicomDecoder.DecodeGray(file, field);
            return new ImageInspection("application/dicom", Sha256Digest.HexOf(gray.Pixels)) { Dicom = DicomOrigin.Read(file, field) };
        }

        var pixels = ImageCodec.Decode(file, field).Pixels;
        var problems = new List<string>();
        var mark = ReadMark(() => PictureMark.Read(file), problems);
        var manifest = ReadMark(() => new ManifestValidator(anchors, TimeProvider.System).ValidatePicture(file), problems);
        if (manifest is { State: ValidationStates.Invalid })
            problems.AddRange(manifest.Explanations);
        return new ImageInspection(PngChunkReader.IsPng(file) ? "image/png" : "image/jpeg", Sha256Digest.HexOf(pixels))
        {
            Mark = mark,
            Manifest = manifest,
            Problems = problems,
        };
    }

    /// <summary>The same with the pairs of a set that have its pixels, or that its mark names.</summary>
    public ImageInspection CompareWith(SealedDataset set)
    {
        var same = set.Pairs.Where(p => p.PixelsSha256 == PixelsSha256).Select(p => p.Index).ToList();
        var pairs = same.Select(p => new InspectedPair(set.Manifest.Folder, set.Root, p, IsSamePixels: true)).ToList();
        var problems = Problems.ToList();
        if (Mark is { Pair: { } named } && Mark.SpecDigest == set.Manifest.SpecDigest && !same.Contains(named))
        {
            if (named < set.Pairs.Count)
                pairs.Add(new InspectedPair(set.Manifest.Folder, set.Root, named, IsSamePixels: false));
            if (MediaType == "image/png") // a JPEG has other pixels in any case
                problems.Add($"The mark names pair {named} of the set, whose pixels are others.");
        }

        return this with { Pairs = [.. Pairs, .. pairs], Problems = problems };
    }

    private static T? ReadMark<T>(Func<T?> read, List<string> problems)
        where T : class
    {
        try
        {
            return read();
        }
        catch (ProvenanceFormatException error)
        {
            problems.Add(error.Message);
            return null;
        }
    }

    /// <summary>What <c>--json</c> prints.</summary>
    public JsonObject ToJson(string file) => new()
    {
        ["file"] = file,
        ["media_type"] = MediaType,
        ["pixels_sha256"] = PixelsSha256,
        ["synthetic"] = IsSynthetic,
        ["ours"] = IsOurs,
        ["by"] = IsByPixels ? "pixels" : IsOurs ? "mark" : null,
        ["mark"] = Mark is null ? null : new JsonObject
        {
            ["digital_source_type"] = Mark.DigitalSourceType,
            ["ai_system"] = Mark.AISystem,
            ["ai_system_version"] = Mark.AISystemVersion,
            ["prompt"] = Mark.Prompt,
            ["creator_tool"] = Mark.CreatorTool,
            ["spec_digest"] = Mark.SpecDigest,
            ["pair"] = Mark.Pair,
        },
        ["manifest"] = Manifest is null ? null : new JsonObject
        {
            ["state"] = Manifest.State,
            ["success"] = new JsonArray([.. Manifest.Success.Select(c => (JsonNode)c)]),
            ["failure"] = new JsonArray([.. Manifest.Failure.Select(c => (JsonNode)c)]),
            ["digital_source_type"] = Manifest.DigitalSourceType,
            ["ai_system"] = Manifest.AISystem,
            ["title"] = Manifest.Title,
            ["other_manifests"] = Manifest.OtherManifests,
        },
        ["dicom"] = Dicom is null ? null : new JsonObject
        {
            ["synthetic_data"] = Dicom.SyntheticData,
            ["content_qualification"] = Dicom.ContentQualification,
            ["manufacturer"] = Dicom.Manufacturer,
            ["patient_id"] = Dicom.PatientId,
        },
        ["pairs"] = new JsonArray([.. Pairs.Select(p => new JsonObject
        {
            ["folder"] = p.Folder,
            ["root"] = p.Root,
            ["pair"] = p.Pair,
            ["same_pixels"] = p.IsSamePixels,
        })]),
        ["problems"] = new JsonArray([.. Problems.Select(p => (JsonNode)p)]),
    };
}
