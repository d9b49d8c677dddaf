using SynCxr.Mesh.Diffusion.Text;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>text_encoder/model.onnx</c>: token ids → one state a token.</summary>
internal sealed class TextEncoderGraph : IDisposable
{
    private readonly OnnxGraph _graph;
    private readonly GraphTensor _ids;
    private readonly string _states;

    public TextEncoderGraph(string path, OnnxSettings settings)
    {
        _graph = OnnxGraph.Load(path, settings);
        _ids = _graph.Inputs.GetValueOrDefault("input_ids") ?? throw new InvalidDataException($"{path}: has no input 'input_ids'");
        if (_graph.Inputs.Count != 1)
            throw new InvalidDataException($"{path}: has inputs that are not known: {string.Join(", ", _graph.Inputs.Keys)}");
        if (_ids.ElementType != typeof(long) && _ids.ElementType != typeof(int))
            throw new InvalidDataException($"{path}: 'input_ids' is {_ids.ElementType.Name}, int64 or int32 is wanted");
        _states = _graph.Outputs.ContainsKey("last_hidden_state")
            ? "last_hidden_state"
            : _graph.Outputs.Values.FirstOrDefault(output => output.Dimensions.Count == 3)?.Name
                ?? throw new InvalidDataException($"{path}: has no output of states [batch, tokens, width]");
    }

    /// <summary>Encodes prompts one by one: a prompt's states are then the same whatever else is encoded.</summary>
    /// <returns>States, row-major [tokens, width].</returns>
    public float[] Encode(TokenizedPrompt prompt)
    {
        long[] shape = [1, prompt.Ids.Length];
        var ids = _ids.ElementType == typeof(long)
            ? TensorInput.Of(_ids.Name, prompt.Ids, shape)
            : TensorInput.Of(_ids.Name, prompt.Ids.Select(id => (int)id).ToArray(), shape);
        return _graph.Run([ids], _states)[0]; // [1, T, D]
    }

    public void Dispose() => _graph.Dispose();
}
