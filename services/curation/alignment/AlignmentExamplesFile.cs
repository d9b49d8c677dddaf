using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Curation.Alignment;

/// <summary>Cosines of an image-text model of pairs that belong together and of such that don't.</summary>
/// <param name="Model">Its name.</param>
/// <param name="ModelDigest">Its digest, SHA-256, lower-case hex.</param>
/// <param name="DataDigest">SHA-256 over images and texts, lower-case hex.</param>
/// <param name="Matched">Cosine of each pair, -1 to 1; at least one.</param>
/// <param name="Shuffled">Cosine of each image with the report of another one, -1 to 1; at least one.</param>
public sealed record AlignmentExampleSet(
    string Model, string ModelDigest, string DataDigest, IReadOnlyList<double> Matched, IReadOnlyList<double> Shuffled)
{
    /// <summary>What a threshold does: pairs that it refuses, and shuffled ones that it lets through.</summary>
    /// <param name="threshold">Cosine below which a pair is refused.</param>
    public (WilsonInterval FalseRejects, WilsonInterval FalseAccepts) Measure(double threshold) =>
        (new WilsonInterval(Matched.Count(cosine => cosine < threshold), Matched.Count),
            new WilsonInterval(Shuffled.Count(cosine => cosine >= threshold), Shuffled.Count));

    /// <summary>
    /// The highest threshold that refuses at most a share of the pairs that belong together. It lies midway between two cosines that were
    /// measured, or at the lowest of all.
    /// </summary>
    /// <param name="mostFalseRejects">Largest share, 0 to 1.</param>
    public double Choose(double mostFalseRejects)
    {
        double[] measured = [.. Matched.Concat(Shuffled).Distinct().Order()];
        return measured.Zip(measured.Skip(1), (a, b) => (a + b) / 2).Prepend(measured[0])
            .Last(threshold => Measure(threshold).FalseRejects.Value <= mostFalseRejects);
    }
}

/// <summary>Reads and writes such examples, <c>DIGEST OF THE MODEL.json</c>: for the command that measures them, and the service.</summary>
public static class AlignmentExamplesFile
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Path of the examples of a model.</summary>
    public static string PathOf(string root, string modelDigest) => Path.Combine(root, $"{modelDigest}.json");

    /// <summary>Writes the examples; the file appears whole, or not at all.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string root, AlignmentExampleSet examples)
    {
        Directory.CreateDirectory(root);
        var path = PathOf(root, examples.ModelDigest);
        File.WriteAllText($"{path}.part", new JsonObject
        {
            ["model"] = examples.Model,
            ["model_digest"] = examples.ModelDigest,
            ["data_digest"] = examples.DataDigest,
            ["matched"] = new JsonArray([.. examples.Matched.Select(cosine => (JsonNode)cosine)]),
            ["shuffled"] = new JsonArray([.. examples.Shuffled.Select(cosine => (JsonNode)cosine)]),
        }.ToJsonString(_json) + "\n");
        File.Move($"{path}.part", path, overwrite: true);
        return path;
    }

    /// <summary>The examples of a model; null where there are none.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key that is wrong.</exception>
    public static AlignmentExampleSet? Find(string root, string modelDigest)
    {
        if (JsonFileValue.Find(PathOf(root, modelDigest)) is not { } json)
            return null;
        var digest = json.RequireMember("model_digest");
        return digest.Text != modelDigest ? throw digest.Fault("must be the name of the file")
            : new AlignmentExampleSet(json.RequireMember("model").Text, digest.Text, json.RequireMember("data_digest").Text,
                ReadCosines(json.RequireMember("matched")), ReadCosines(json.RequireMember("shuffled")));
    }

    private static double[] ReadCosines(JsonFileValue list)
    {
        double[] cosines = [.. list.Items.Select(item => item.Element.ValueKind == JsonValueKind.Number
            && item.Element.TryGetDouble(out var cosine) && cosine is >= -1 and <= 1 ? cosine
            : throw item.Fault("must be a number from -1 to 1"))];
        return cosines.Length > 0 ? cosines : throw list.Fault("is empty");
    }
}
