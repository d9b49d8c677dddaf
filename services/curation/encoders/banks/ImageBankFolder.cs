using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;

namespace SynCxr.Mesh.Curation.Encoders.Banks;

/// <summary>What a bank is made of.</summary>
/// <param name="Encoder">Name of the image encoder or judge that computed the features.</param>
/// <param name="EncoderDigest">Its digest.</param>
/// <param name="ImagesDigest">SHA-256 over the images, lower-case hex.</param>
/// <param name="Names">Of the images, one a row.</param>
/// <param name="Values">Features [rows, width], row-major, each row of unit length.</param>
public sealed record ImageBankContent(
    string Encoder, string EncoderDigest, string ImagesDigest, IReadOnlyList<string> Names, float[] Values);

/// <summary>Writes banks of known-bad images, and measures images against one: for the command that makes them.</summary>
public static class ImageBankFolder
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Writes a bank without threshold; it appears whole, or not at all.</summary>
    /// <param name="root">Folder of the banks.</param>
    /// <returns>The folder of the bank.</returns>
    /// <exception cref="IOException">The name is in use.</exception>
    public static string Write(string root, string name, ImageBankContent content)
    {
        Directory.CreateDirectory(root);
        using var staged = new StagedFolder(root, name);
        var (rows, width) = (content.Names.Count, content.Values.Length / content.Names.Count);
        new HalfMatrix(rows, width, content.Values).Write(Path.Combine(staged.Path, ImageBank.MatrixFile));
        WriteHead(staged.Path, new JsonObject
        {
            ["encoder"] = content.Encoder,
            ["encoder_digest"] = content.EncoderDigest,
            ["images_sha256"] = content.ImagesDigest,
            ["rows"] = rows,
            ["dim"] = width,
            [ImageBank.NamesKey] = new JsonArray([.. content.Names.Select(image => (JsonNode)image)]),
        });
        return staged.Commit();
    }

    /// <summary>Name and digest of what computed the features of a bank.</summary>
    /// <exception cref="InvalidDataException">Why the bank can't be used.</exception>
    public static (string Encoder, string EncoderDigest) ReadEncoder(string folder)
    {
        var bank = Open(folder);
        return (bank.Encoder, bank.EncoderDigest);
    }

    /// <summary>The cosine of each image to the most similar one of the bank.</summary>
    /// <param name="values">Features [images, width], row-major, each row of unit length.</param>
    /// <exception cref="InvalidDataException">Why the bank can't be used.</exception>
    public static double[] Measure(string folder, float[] values)
    {
        var bank = Open(folder);
        return [.. Enumerable.Range(0, values.Length / bank.Width)
            .Select(row => bank.FindNearest(values.AsSpan(row * bank.Width, bank.Width)).Similarity)];
    }

    /// <summary>Sets the threshold of a bank, and with it another digest.</summary>
    public static void WriteThreshold(string folder, double threshold)
    {
        var head = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, ImageBank.JsonFile)))!.AsObject();
        head[ImageBank.ThresholdKey] = threshold;
        WriteHead(folder, head);
    }

    private static ImageBank Open(string folder)
    {
        var bank = ImageBank.Read(folder);
        return bank.Problem is null ? bank : throw new InvalidDataException(bank.Problem);
    }

    private static void WriteHead(string folder, JsonObject head)
    {
        var path = Path.Combine(folder, ImageBank.JsonFile);
        File.WriteAllText($"{path}.part", head.ToJsonString(_json) + "\n");
        File.Move($"{path}.part", path, overwrite: true);
    }
}
