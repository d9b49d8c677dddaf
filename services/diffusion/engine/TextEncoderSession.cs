using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>text_encoder/model.onnx</c>: token ids → one state a token.</summary>
internal sealed class TextEncoderSession : IDisposable
{
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _idsInput;
    private readonly string _statesOutput;

    public TextEncoderSession(string path, OnnxSessionOptions settings)
    {
        _session = OnnxSession.Load(path, settings);
        _idsInput = _session.Inputs.GetValueOrDefault("input_ids")
            ?? throw new InvalidDataException($"{path}: The graph must have an input 'input_ids'.");
        if (_session.Inputs.Count != 1)
            throw new InvalidDataException(
                $"{path}: The graph must have the input 'input_ids' only, not {string.Join(", ", _session.Inputs.Keys)}.");
        if (_idsInput.ElementType != typeof(long) && _idsInput.ElementType != typeof(int))
            throw new InvalidDataException($"{path}: 'input_ids' is {_idsInput.ElementType.Name}, it must be int64 or int32.");
        _statesOutput = _session.Outputs.ContainsKey("last_hidden_state")
            ? "last_hidden_state"
            : _session.Outputs.Values.FirstOrDefault(output => output.Dimensions.Count == 3)?.Name
                ?? throw new InvalidDataException($"{path}: The graph must have an output of text states [batch, tokens, width].");
    }

    /// <summary>Encodes one prompt in a run of its own, so that its states do not depend on other prompts.</summary>
    /// <returns>Text states, row-major [tokens, width].</returns>
    public float[] Encode(TokenizedPrompt prompt)
    {
        long[] shape = [1, prompt.Ids.Length];
        var ids = _idsInput.ElementType == typeof(long)
            ? TensorInput.Create(_idsInput.Name, prompt.Ids, shape)
            : TensorInput.Create(_idsInput.Name, prompt.Ids.Select(id => (int)id).ToArray(), shape);
        return _session.Run([ids], _statesOutput)[0]; // [1, T, D]
    }

    public void Dispose() => _session.Dispose();
}
