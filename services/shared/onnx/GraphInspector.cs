namespace SynCxr.Mesh.Onnx;

/// <summary>
/// Holds the inputs and outputs that a graph declares against what the engine feeds and reads; a refusal names file and tensor.
/// </summary>
public static class GraphInspector
{
    /// <summary>The declaration of an input.</summary>
    /// <exception cref="InvalidDataException">It is missing, or of another element type or number of dimensions.</exception>
    public static TensorDeclaration RequireInput(OnnxSession graph, string name, IReadOnlyList<Type> types, params int[] ranks)
    {
        var input = graph.Inputs.GetValueOrDefault(name)
            ?? throw new InvalidDataException($"{graph.Path}: The graph must have an input '{name}'; it has {List(graph.Inputs.Keys)}.");
        return Check(graph, input, types, ranks);
    }

    /// <summary>The output of a usual name, else the only one of that number of dimensions.</summary>
    /// <exception cref="InvalidDataException">There is none, there are several, or its element type is another.</exception>
    public static TensorDeclaration RequireOutput(OnnxSession graph, string usual, int rank)
    {
        if (graph.Outputs.TryGetValue(usual, out var output))
            return Check(graph, output, TensorCast.FloatTypes, rank);
        var candidates = graph.Outputs.Values.Where(other => other.Dimensions.Count == rank).ToList();
        return candidates.Count == 1
            ? Check(graph, candidates[0], TensorCast.FloatTypes, rank)
            : throw new InvalidDataException($"{graph.Path}: The graph must have an output '{usual}', or one alone of {rank} dimensions; "
                + $"it has {List(graph.Outputs.Keys)}.");
    }

    /// <exception cref="InvalidDataException">The graph wants an input that the engine has nothing for.</exception>
    /// <param name="known">The inputs that it has something for.</param>
    /// <param name="meanings">What others are, for the message.</param>
    public static void RefuseOthers(OnnxSession graph, IEnumerable<string> known, IReadOnlyDictionary<string, string>? meanings = null)
    {
        var unknown = graph.Inputs.Keys.Except(known).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count == 0)
            return;
        var words = unknown.Select(name => meanings?.GetValueOrDefault(name) is { } meaning ? $"{name} ({meaning})" : name);
        throw new InvalidDataException($"{graph.Path}: The graph has inputs that the engine has nothing for: {List(words)}.");
    }

    /// <summary>A dimension of a declaration; null where it can be chosen.</summary>
    public static int? SizeOf(TensorDeclaration tensor, int dimension) =>
        dimension < tensor.Dimensions.Count && tensor.Dimensions[dimension] > 0 ? tensor.Dimensions[dimension] : null;

    /// <exception cref="InvalidDataException">The graph fixes a dimension to another size than <paramref name="size"/>.</exception>
    /// <param name="reason">Where that size comes from.</param>
    public static void RequireSize(OnnxSession graph, TensorDeclaration tensor, int dimension, int size, string reason)
    {
        if (SizeOf(tensor, dimension) is { } declared && declared != size)
            throw new InvalidDataException($"{graph.Path}: '{tensor.Name}' has {declared} in dimension {dimension}, but {reason} {size}.");
    }

    private static TensorDeclaration Check(OnnxSession graph, TensorDeclaration tensor, IReadOnlyList<Type> types, params int[] ranks)
    {
        if (!types.Contains(tensor.ElementType))
        {
            throw new InvalidDataException($"{graph.Path}: '{tensor.Name}' is {TensorCast.NameOf(tensor.ElementType)}; it must be one of "
                + $"{List(types.Select(TensorCast.NameOf))}.");
        }
        if (!ranks.Contains(tensor.Dimensions.Count))
        {
            throw new InvalidDataException($"{graph.Path}: '{tensor.Name}' has {tensor.Dimensions.Count} dimensions; it must have "
                + $"{string.Join(" or ", ranks)}.");
        }
        return tensor;
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("none"));
}
