using SynCxr.Mesh.Models.Text;

namespace SynCxr.Mesh.Onnx.Text;

/// <summary>
/// A graph that gives each token of a text a row of numbers: logits of a token classifier, states of an encoder. It takes
/// <c>input_ids</c> and, where it declares them, <c>attention_mask</c> and <c>token_type_ids</c>, int64 or int32.
/// </summary>
public sealed class TextGraph : IDisposable
{
    private const string IdsInput = "input_ids", MaskInput = "attention_mask", TypesInput = "token_type_ids";
    private readonly OnnxSession _session;
    private readonly List<(TensorDeclaration Input, Func<TextRow, long[]> Read)> _inputs = [];
    private readonly TensorDeclaration _output;

    /// <param name="output">The usual name of its output [B, T, D]; a graph with one alone of that form may call it otherwise.</param>
    /// <exception cref="InvalidDataException">The file is missing or is no such graph.</exception>
    public TextGraph(string path, string output, OnnxSessionOptions settings)
    {
        _session = OnnxSession.Load(path, settings);
        try
        {
            GraphInspector.RefuseOthers(_session, [IdsInput, MaskInput, TypesInput]);
            AddInput(IdsInput, row => row.Ids);
            if (_session.Inputs.ContainsKey(MaskInput))
                AddInput(MaskInput, row => row.Mask);
            if (_session.Inputs.ContainsKey(TypesInput))
                AddInput(TypesInput, row => row.TypeIds);
            _output = GraphInspector.RequireOutput(_session, output, 3); // [B, T, D]
            GraphInspector.RequireSize(_session, _inputs[0].Input, 0, 1, "texts are run one at a time, so the batch must be free or");
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Path of the file.</summary>
    public string Path => _session.Path;

    /// <summary>The only number of tokens that the graph takes; null where it can be chosen.</summary>
    public int? FixedTokens => GraphInspector.SizeOf(_inputs[0].Input, 1);

    /// <summary>Numbers a token, as the graph declares; null where it does not say.</summary>
    public int? Width => GraphInspector.SizeOf(_output, 2);

    /// <summary>
    /// Runs texts of one length together. The bits of a text can depend on the others, so callers who promise bytes give one at a time.
    /// </summary>
    /// <param name="paddingId">What a row is padded with where the graph takes one length only.</param>
    /// <returns>Row-major [B, T, D], T the length of the rows as they were given.</returns>
    /// <exception cref="InvalidDataException">A row is longer than the graph takes, or the answer has another shape or is not
    /// finite.</exception>
    public TensorOutput Run(int paddingId, params IReadOnlyList<TextRow> rows)
    {
        var given = rows[0].Length;
        var length = FixedTokens ?? given;
        if (given > length)
            throw new InvalidDataException($"{Path}: A text has {given} tokens, and the graph takes {length}.");
        rows = [.. rows.Select(row => row.PadTo(length, paddingId))];
        var inputs = _inputs.Select(input => Feed(input.Input, [.. rows.SelectMany(input.Read)], rows.Count, length)).ToList();
        var output = _session.RunShaped(inputs, _output.Name)[0]; // [B, T, D]
        if (output.Shape is not [var batch, var tokens, var width] || batch != rows.Count || tokens != length)
            throw new InvalidDataException($"{Path}: '{_output.Name}' is [{string.Join(", ", output.Shape)}] for {rows.Count} texts of "
                + $"{length} tokens.");
        if (!Array.TrueForAll(output.Values, float.IsFinite))
            throw new InvalidDataException($"{Path}: '{_output.Name}' holds a value that is not a finite number.");
        return length == given ? output
            : new TensorOutput(Cut(output.Values, rows.Count, length, given, (int)width), [batch, given, width]);
    }

    public void Dispose() => _session.Dispose();

    private static float[] Cut(float[] values, int rows, int length, int kept, int width) =>
        [.. Enumerable.Range(0, rows).SelectMany(row => values.Skip(row * length * width).Take(kept * width))];

    private static TensorInput Feed(TensorDeclaration input, long[] values, int rows, int length) => input.ElementType == typeof(long)
        ? TensorInput.Create(input.Name, values, rows, length)
        : TensorInput.Create(input.Name, Array.ConvertAll(values, value => (int)value), rows, length);

    private void AddInput(string name, Func<TextRow, long[]> read) =>
        _inputs.Add((GraphInspector.RequireInput(_session, name, [typeof(long), typeof(int)], 2), read)); // [B, T]
}
