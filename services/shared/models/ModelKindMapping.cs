using System.Text.Json;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Models;

/// <summary>
/// A kind of model in the contract, and its name in model cards, sealed data sets and the command's output: <c>quality-judge</c>.
/// </summary>
public static class ModelKindMapping
{
    private static readonly Dictionary<string, ModelKind> _byName =
        Enum.GetValues<ModelKind>().Where(k => k != ModelKind.Unspecified).ToDictionary(ToName, StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">No kind has that name.</exception>
    public static ModelKind ToProto(string name) => _byName.TryGetValue(name, out var kind)
        ? kind : throw new InvalidDataException($"Unknown kind of model '{name}'. Known kinds are {string.Join(", ", _byName.Keys)}.");

    /// <summary>What a card says that a model learnt from.</summary>
    public static IEnumerable<TrainingData> ToProto(IEnumerable<TrainingSource> sources) =>
        sources.Select(s => new TrainingData { Source = s.Source, Images = s.Images, Digest = s.Digest });

    public static string ToName(ModelKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
