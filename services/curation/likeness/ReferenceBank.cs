using System.Text.Json;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>The most similar reference and its cosine similarity.</summary>
/// <param name="Row">Its row, from 0.</param>
internal readonly record struct NearestReference(double Similarity, string Name, int Row)
{
    public LikenessResult ToLikeness(string check, double threshold) => new(check, Similarity, threshold, Name);
}

/// <summary>The features of named reference images. The nearest is searched among all of them, so the result is exact.</summary>
internal sealed class ReferenceBank
{
    private readonly HalfMatrix _rows;
    private readonly IReadOnlyList<string> _names;

    public ReferenceBank(HalfMatrix rows, IReadOnlyList<string> names)
    {
        if (rows.Rows == 0 || rows.Rows != names.Count)
            throw new ArgumentException($"{rows.Rows} rows need as many names, not {names.Count}.", nameof(names));
        (_rows, _names) = (rows, names);
    }

    public int Count => _rows.Rows;

    /// <summary>Width of a row.</summary>
    public int Width => _rows.Columns;

    /// <summary>
    /// Reads the rows and the JSON object beside them: <c>rows</c>, <c>dim</c> and, under <paramref name="namesKey"/>, a name a row.
    /// </summary>
    /// <exception cref="InvalidDataException">Names the file and the key.</exception>
    public static ReferenceBank Load(string matrixPath, string jsonPath, string namesKey)
    {
        using var json = Parse(jsonPath);
        var rows = ReadNumber(json, jsonPath, "rows");
        var matrix = HalfMatrix.Read(matrixPath, rows, ReadNumber(json, jsonPath, "dim"));
        if (!json.RootElement.TryGetProperty(namesKey, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"{jsonPath}: {namesKey}: The value must be a list.");
        string[] names = [.. list.EnumerateArray().Select(n => n.ToString())];
        if (rows == 0 || names.Length != rows)
            throw new InvalidDataException($"{jsonPath}: {namesKey}: has {names.Length} names for {rows} rows; each row must have one.");
        for (var row = 0; row < rows; row++)
        {
            if (Math.Abs(CosineSimilarity.NormOf(matrix[row]) - 1) > 0.01)
                throw new InvalidDataException($"{matrixPath}: row {row} is not of unit length.");
        }

        return new ReferenceBank(matrix, names);
    }

    /// <summary>Reads the text under a key of the JSON object in a file.</summary>
    public static string ReadText(string jsonPath, string key)
    {
        using var json = Parse(jsonPath);
        return json.RootElement.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new InvalidDataException($"{jsonPath}: {key}: The value must be a text.");
    }

    /// <summary>The most similar reference; of equals, the first.</summary>
    public NearestReference FindNearest(ReadOnlySpan<float> embedding)
    {
        var (best, nearest) = (double.NegativeInfinity, 0);
        for (var row = 0; row < _rows.Rows; row++)
        {
            var similarity = CosineSimilarity.Between(embedding, _rows[row]);
            if (similarity > best)
                (best, nearest) = (similarity, row);
        }

        return new NearestReference(best, _names[nearest], nearest);
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json : throw new InvalidDataException($"{path}: The file must hold a JSON object.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: {PythonJson.DescribeError(error)}", error);
        }
    }

    private static int ReadNumber(JsonDocument json, string path, string key) =>
        json.RootElement.TryGetProperty(key, out var value) && value.TryGetInt32(out var number)
            ? number
            : throw new InvalidDataException($"{path}: {key}: The value must be a number.");
}
