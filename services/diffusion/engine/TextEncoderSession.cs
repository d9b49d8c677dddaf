using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>text_encoder/model.onnx</c>: token ids → one state a token.</summary>
internal sealed class TextEncoderSession : IDisposable
{
    private const string IdsInput = "input_ids", StatesOutput = "last_hidden_state";
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _ids;
    private readonly TensorDeclaration _states;

    /// <exception cref="InvalidDataException">The graph is not a text encoder that takes token ids alone.</exception>
    public TextEncoderSession(string path, OnnxSessionOptions settings)
    {
        _session = OnnxSession.Load(path, settings);
        GraphInspector.RefuseOthers(_session, [IdsInput], ForeignInputs.Meanings);
        _ids = GraphInspector.RequireInput(_session, IdsInput, [typeof(long), typeof(int)], 2); // [B, T]
        _states = GraphInspector.RequireOutput(_session, StatesOutput, 3); // [B, T, D]
    }

    public string Path => _session.Path;

    /// <summary>The only number of tokens that the graph takes; null where it can be chosen.</summary>
    public int? FixedTokens => GraphInspector.SizeOf(_ids, 1);

    /// <summary>Encodes one prompt in a run of its own, so that its states do not depend on other prompts.</summary>
    /// <returns>Text states, row-major [tokens, width].</returns>
    public float[] Encode(TokenizedPrompt prompt)
    {
        var batch = GraphInspector.SizeOf(_ids, 0) ?? 1;
        long[] shape = [batch, prompt.Ids.Length];
        var rows = Enumerable.Repeat(prompt.Ids, batch).SelectMany(ids => ids);
        var ids = _ids.ElementType == typeof(long)
            ? TensorInput.Create(IdsInput, rows.ToArray(), shape)
            : TensorInput.Create(IdsInput, rows.Select(id => (int)id).ToArray(), shape);
        var states = _session.Run([ids], _states.Name)[0]; // [B, T, D], equal rows
        return states[..(states.Length / batch)];
    }

    public void Dispose() => _session.Dispose();
}
