using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Torch.Export.Encoders;

/// <summary>What <c>config.json</c> says of an image encoder.</summary>
/// <param name="Side">Of the pictures that it was trained on, in pixels.</param>
/// <param name="Patch">Side of a patch, in pixels.</param>
internal sealed record ImageEncoderConfig(ImageEncoderFamily Family, int Hidden, int Layers, int Heads, int Side, int Patch, float Epsilon,
    EncoderActivation Activation, bool UsesSwiGlu)
{
    private const int MaxSide = 4096, MaxLayers = 512;

    /// <summary>Patches of a row of a picture that has the usual size.</summary>
    public int Grid => Side / Patch;

    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be obeyed.</exception>
    public static ImageEncoderConfig Read(JsonFileValue file)
    {
        var family = ImageEncoderFamily.Require(file);
        var (hidden, heads) = (Count(file, "hidden_size", 16_384), Count(file, "num_attention_heads", 1024));
        if (hidden % heads != 0)
            throw file.RequireMember("num_attention_heads").Fault($"is {heads} and must divide hidden_size, which is {hidden}");
        var (side, patch) = (Count(file, "image_size", MaxSide), Count(file, "patch_size", MaxSide));
        if (patch > side)
            throw file.RequireMember("patch_size").Fault($"is {patch}, and image_size is {side}");
        if (file.Member("num_channels") is { IsNull: false } channels && channels.Id != 3)
            throw channels.Fault("must be 3: pictures are given in red, green and blue");
        var epsilon = file.RequireMember("layer_norm_eps");
        if (!PythonJson.TryGetNumber(epsilon.Element, out var least) || !(least is > 0 and < 1))
            throw epsilon.Fault("must be a number above 0 and below 1");
        return new ImageEncoderConfig(family, hidden, Count(file, "num_hidden_layers", MaxLayers), heads, side, patch, (float)least,
            EncoderActivation.Find(file.RequireMember("hidden_act")),
            family == ImageEncoderFamily.Dinov2 && file.Member("use_swiglu_ffn") is { IsNull: false } swiglu && swiglu.Flag);
    }

    private static int Count(JsonFileValue file, string key, int most)
    {
        var value = file.RequireMember(key);
        return value.Id is > 0 and var count && count <= most ? count : throw value.Fault($"must be 1 to {most}");
    }
}

/// <summary>An activation between the two layers of a perceptron, by its name in <c>hidden_act</c>.</summary>
internal sealed record EncoderActivation(string Name, Func<OnnxGraphWriter, string, string> Write)
{
    private static readonly EncoderActivation[] _all =
    [
        new("gelu", (graph, x) => graph.Gelu(x)),
        new("quick_gelu", (graph, x) => graph.Mul(x, graph.Op("Sigmoid", graph.Mul(x, graph.Constant(1.702f))))),
        new("gelu_pytorch_tanh", WriteGeluTanh),
    ];

    /// <exception cref="InvalidDataException">It is another.</exception>
    public static EncoderActivation Find(JsonFileValue name) => _all.FirstOrDefault(activation => activation.Name == name.Text)
        ?? throw name.Fault($"can't be obeyed; {string.Join(", ", _all.Select(activation => activation.Name))} can");

    // x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
    private static string WriteGeluTanh(OnnxGraphWriter graph, string x)
    {
        var cube = graph.Mul(graph.Mul(x, x), x);
        var inner = graph.Mul(graph.Add(x, graph.Mul(cube, graph.Constant(0.044715f))), graph.Constant((float)Math.Sqrt(2 / Math.PI)));
        return graph.Mul(graph.Mul(x, graph.Constant(0.5f)), graph.Add(graph.Op("Tanh", inner), graph.Constant(1f)));
    }
}
