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
        _idsInput = _session.Inputs.GetValueOrDefault("input_ids") ?? throw new InvalidDataException($"{path}: has no input 'input_ids'");
        if (_session.Inputs.Count != 1)
            throw new InvalidDataException($"{path}: has inputs that are not known: {string.Join(", ", _session.Inputs.Keys)}");
        if (_idsInput.ElementType != typeof(long) && _idsInput.ElementType != typeof(int))
            throw new InvalidDataException($"{path}: 'input_ids' is {_idsInput.ElementType.Name}, int64 or int32 is wanted");
        _statesOutput = _session.Outputs.ContainsKey("last_hidden_state")
            ? "last_hidden_state"
            : _session.Outputs.Values.FirstOrDefault(output => output.Dimensions.Count == 3)?.Name
                ?? throw new InvalidDataException($"{path}: has no output of states [batch, tokens, width]");
    }

    /// <summary>Encodes prompts one by one: a prompt's states are then the same whatever else is encoded.</summary>
    /// <returns>States, row-major [tokens, width].</returns>
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
