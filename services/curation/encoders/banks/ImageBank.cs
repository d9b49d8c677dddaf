using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Curation.Encoders.Banks;

/// <summary>
/// A bank of known-bad images that was made apart from a judge, <c>bank.f16</c> and <c>bank.json</c> in a folder: features, names, the
/// encoder that computed them, and the threshold.
/// </summary>
internal sealed class ImageBank
{
    public const string JsonFile = "bank.json", MatrixFile = "bank.f16", NamesKey = "names", ThresholdKey = "threshold";

    private readonly ReferenceBank? _rows;

    private ImageBank(string name, ReferenceBank? rows, string? problem) => (Name, _rows, Problem) = (name, rows, problem);

    public string Name { get; }

    /// <summary>A sentence on why it can't be used; null when it can.</summary>
    public string? Problem { get; }

    public int Count => _rows?.Count ?? 0;

    /// <summary>Width of a row; 0 where it can't be used.</summary>
    public int Width => _rows?.Width ?? 0;

    /// <summary>SHA-256 over its files.</summary>
    public string Digest { get; private init; } = "";

    /// <summary>Name of the image encoder or judge that computed the features.</summary>
    public string Encoder { get; private init; } = "";

    public string EncoderDigest { get; private init; } = "";

    /// <summary>Cosine at or above which an image is rejected; null where none is set.</summary>
    public double? Threshold { get; private init; }

    /// <summary>Reads a bank. One that is broken has a <see cref="Problem"/>.</summary>
    public static ImageBank Read(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        try
        {
            return ReadWhole(folder, name);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            var message = error.Message.Replace(folder, name, StringComparison.Ordinal);
            return new ImageBank(name, null, $"{message} Make it again with: syncxr bank build {name} --images FOLDER");
        }
    }

    /// <summary>
    /// The most similar image, called by the bank's name and its row: <c>blurred/12</c>. Its own name may tell a patient; who has the bank
    /// finds it there.
    /// </summary>
    public NearestReference FindNearest(ReadOnlySpan<float> features)
    {
        var nearest = (_rows ?? throw new InvalidOperationException(Problem)).FindNearest(features);
        return nearest with { Name = string.Create(CultureInfo.InvariantCulture, $"{Name}/{nearest.Row}") };
    }

    private static ImageBank ReadWhole(string folder, string name)
    {
        var path = Path.Combine(folder, JsonFile);
        var json = JsonFileValue.Find(path) ?? throw new InvalidDataException($"{path}: is missing.");
        var rows = ReferenceBank.Load(Path.Combine(folder, MatrixFile), path, NamesKey);
        return new ImageBank(name, rows, null)
        {
            Digest = ModelFolder.DigestOf(folder),
            Encoder = json.RequireMember("encoder").Text,
            EncoderDigest = json.RequireMember("encoder_digest").Text,
            Threshold = json.Member(ThresholdKey) is not { IsNull: false } value ? null
                : value.Element.ValueKind == JsonValueKind.Number && value.Element.TryGetDouble(out var threshold)
                    && threshold is > -1 and <= 1 ? threshold : throw value.Fault("must be a number above -1 and at most 1"),
        };
    }
}
