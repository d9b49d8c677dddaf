using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Graphs;
using static SynCxr.Mesh.Models.Graphs.OnnxMessageFactory;

namespace SynCxr.Mesh.Torch.Export.Encoders;

/// <summary>
/// Writes the graph of an image encoder of transformers in float32: patches, positions, pre-norm transformer layers (Dosovitskiy et al.
/// 2021), and the output that its family computes itself. Keys are those of the checkpoint.
/// </summary>
internal sealed class ImageEncoderGraphBuilder(ImageEncoderConfig config, EncoderWeights weights)
{
    private const string Batch = "batch_size", Height = "height", Width = "width";
    private readonly OnnxGraphWriter _graph = new("image-encoder");

    /// <summary>The bytes of the model file.</summary>
    /// <exception cref="InvalidDataException">A weight is missing, left over, or of another shape.</exception>
    public byte[] Build()
    {
        var takesAnySize = config.Family == ImageEncoderFamily.Dinov2;
        var pixels = _graph.Input(ImageEncoderFamily.PixelsInput, OnnxElementType.Float, Batch, 3, takesAnySize ? Height : config.Side,
            takesAnySize ? Width : config.Side);
        if (config.Family == ImageEncoderFamily.Dinov2)
            BuildDinov2(pixels);
        else if (config.Family == ImageEncoderFamily.Vit)
            BuildVit(pixels);
        else if (config.Family == ImageEncoderFamily.ClipVision)
            BuildClip(pixels);
        else
            BuildSiglip(pixels);
        return _graph.ToModel();
    }

    private void BuildDinov2(string pixels)
    {
        var patches = Patches("embeddings.patch_embeddings.projection", pixels, hasBias: true); // [B, D, H/p, W/p]
        var tokens = WithClassToken("embeddings.cls_token", [1, 1, config.Hidden], patches); // [B, 1 + T, D]
        var x = _graph.Add(tokens, InterpolatedPositions(patches));
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var key = $"encoder.layer.{layer}";
            var attended = Attention(LayerNorm($"{key}.norm1", x), BertKeys($"{key}.attention"));
            x = _graph.Add(x, _graph.Mul(attended, Vector($"{key}.layer_scale1.lambda1")));
            var normed = LayerNorm($"{key}.norm2", x);
            var fed = config.UsesSwiGlu ? SwiGlu($"{key}.mlp", normed) : Perceptron($"{key}.mlp.fc1", $"{key}.mlp.fc2", normed);
            x = _graph.Add(x, _graph.Mul(fed, Vector($"{key}.layer_scale2.lambda1")));
        }
        OutputStates(LayerNorm("layernorm", x));
        weights.RequireAllUsed("embeddings.mask_token");
    }

    private void BuildVit(string pixels)
    {
        var patches = Patches("embeddings.patch_embeddings.projection", pixels, hasBias: true);
        var tokens = WithClassToken("embeddings.cls_token", [1, 1, config.Hidden], patches);
        var x = _graph.Add(tokens, Weight("embeddings.position_embeddings", 1, 1 + (config.Grid * config.Grid), config.Hidden));
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var key = $"encoder.layer.{layer}";
            x = _graph.Add(x, Attention(LayerNorm($"{key}.layernorm_before", x), BertKeys($"{key}.attention")));
            var normed = LayerNorm($"{key}.layernorm_after", x);
            x = _graph.Add(x, Perceptron($"{key}.intermediate.dense", $"{key}.output.dense", normed));
        }
        var states = LayerNorm("layernorm", x);
        OutputStates(states);
        if (weights.Has("pooler.dense.weight"))
            OutputPooled(_graph.Op("Tanh", Linear("pooler.dense", FirstToken(states), config.Hidden, config.Hidden)), config.Hidden);
        weights.RequireAllUsed("embeddings.mask_token");
    }

    private void BuildClip(string pixels)
    {
        const string root = "vision_model";
        var patches = Patches($"{root}.embeddings.patch_embedding", pixels, hasBias: false);
        var tokens = WithClassToken($"{root}.embeddings.class_embedding", [config.Hidden], patches);
        var table = Weight($"{root}.embeddings.position_embedding.weight", 1 + (config.Grid * config.Grid), config.Hidden);
        var x = Layers(root, LayerNorm($"{root}.pre_layrnorm", _graph.Add(tokens, table))); // the checkpoint's spelling
        OutputStates(x);
        var pooled = LayerNorm($"{root}.post_layernorm", FirstToken(x)); // [B, D]
        if (weights.Has("visual_projection.weight"))
        {
            var width = (int)weights.Require("visual_projection.weight", -1, config.Hidden).shape[0];
            OutputPooled(_graph.MatMul(pooled, _graph.Transpose(Weight("visual_projection.weight", width, config.Hidden), 1, 0)), width);
        }
        weights.RequireAllUsed($"{root}.embeddings.position_ids");
    }

    private void BuildSiglip(string pixels)
    {
        const string root = "vision_model";
        var patches = Patches($"{root}.embeddings.patch_embedding", pixels, hasBias: true);
        var table = Weight($"{root}.embeddings.position_embedding.weight", config.Grid * config.Grid, config.Hidden);
        var states = LayerNorm($"{root}.post_layernorm", Layers(root, _graph.Add(ToTokens(patches), table)));
        OutputStates(states);
        if (weights.Has($"{root}.head.probe"))
            OutputPooled(AttentionPooling($"{root}.head", states), config.Hidden);
        weights.RequireAllUsed($"{root}.embeddings.position_ids");
    }

    // Of CLIP and SigLIP.
    private string Layers(string root, string x)
    {
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var key = $"{root}.encoder.layers.{layer}";
            var own = $"{key}.self_attn";
            x = _graph.Add(x, Attention(LayerNorm($"{key}.layer_norm1", x),
                [$"{own}.q_proj", $"{own}.k_proj", $"{own}.v_proj", $"{own}.out_proj"]));
            x = _graph.Add(x, Perceptron($"{key}.mlp.fc1", $"{key}.mlp.fc2", LayerNorm($"{key}.layer_norm2", x)));
        }
        return x;
    }

    // SigLIP's head: one learnt query attends to all tokens, then a perceptron beside a residual.
    private string AttentionPooling(string key, string states)
    {
        int d = config.Hidden;
        var joined = Weight($"{key}.attention.in_proj_weight", 3 * d, d);
        var bias = Weight($"{key}.attention.in_proj_bias", 3 * d);
        string Project(int part, string x) => _graph.Add(
            _graph.MatMul(x, _graph.Transpose(Rows(joined, part * d, (part + 1) * d), 1, 0)), Rows(bias, part * d, (part + 1) * d));
        var probe = Weight($"{key}.probe", 1, 1, d); // one query for every picture, broadcast over the batch
        var attended = Attend(Project(0, probe), Project(1, states), Project(2, states)); // [B, 1, D]
        var pooled = Linear($"{key}.attention.out_proj", attended, d, d);
        var fed = _graph.Add(pooled, Perceptron($"{key}.mlp.fc1", $"{key}.mlp.fc2", LayerNorm($"{key}.layernorm", pooled)));
        return FirstToken(fed);
    }

    private string Attention(string x, string[] keys)
    {
        string Project(int part) => Linear(keys[part], x, config.Hidden, config.Hidden);
        return Linear(keys[3], Attend(Project(0), Project(1), Project(2)), config.Hidden, config.Hidden);
    }

    private string Attend(string query, string key, string value)
    {
        var width = config.Hidden / config.Heads;
        string Split(string x, params long[] order) => _graph.Transpose(_graph.Reshape(x, 0, -1, config.Heads, width), order);
        var scaled = _graph.Mul(Split(query, 0, 2, 1, 3), _graph.Constant((float)(1 / Math.Sqrt(width)))); // [B, heads, T, d]
        var shares = _graph.Softmax(_graph.MatMul(scaled, Split(key, 0, 2, 3, 1))); // [B, heads, T, T]
        var mixed = _graph.MatMul(shares, Split(value, 0, 2, 1, 3)); // [B, heads, T, d]
        return _graph.Reshape(_graph.Transpose(mixed, 0, 2, 1, 3), 0, -1, config.Hidden); // [B, T, D]
    }

    private string Perceptron(string first, string second, string x)
    {
        var width = (int)weights.Require($"{first}.weight", -1, config.Hidden).shape[0];
        return Linear(second, config.Activation.Write(_graph, Linear(first, x, config.Hidden, width)), width, config.Hidden);
    }

    // Shazeer (2020): silu(x W₁) · x W₂, both halves in one matrix.
    private string SwiGlu(string key, string x)
    {
        var width = (int)weights.Require($"{key}.weights_out.weight", config.Hidden, -1).shape[1];
        var both = Linear($"{key}.weights_in", x, config.Hidden, 2 * width); // [B, T, 2 width]
        string Half(int part) => _graph.Node("Slice",
            [both, _graph.Shape(part * width), _graph.Shape((part + 1) * width), _graph.Shape(2)]);
        return Linear($"{key}.weights_out", _graph.Mul(_graph.Silu(Half(0)), Half(1)), width, config.Hidden);
    }

    private string Patches(string key, string pixels, bool hasBias)
    {
        var kernel = Weight($"{key}.weight", config.Hidden, 3, config.Patch, config.Patch);
        string[] inputs = hasBias ? [pixels, kernel, Vector($"{key}.bias")] : [pixels, kernel];
        return _graph.Node("Conv", inputs, Ints("kernel_shape", config.Patch, config.Patch), Ints("strides", config.Patch, config.Patch));
    }

    private string ToTokens(string patches) => _graph.Transpose(_graph.Reshape(patches, 0, config.Hidden, -1), 0, 2, 1); // [B, T, D]

    private string WithClassToken(string key, long[] shape, string patches)
    {
        var token = _graph.Reshape(Weight(key, shape), 1, 1, config.Hidden);
        var rows = _graph.Concat(0, _graph.BatchSize(patches), _graph.Shape(1, config.Hidden));
        return _graph.Concat(1, _graph.Node("Expand", [token, rows]), ToTokens(patches)); // [B, 1 + T, D]
    }

    // The table is stretched to the patches of the picture, bicubic with a = -0.75, edges repeated.
    private string InterpolatedPositions(string patches)
    {
        var (grid, d) = (config.Grid, config.Hidden);
        var table = Weight("embeddings.position_embeddings", 1, 1 + (grid * grid), d);
        string Part(int from, int to) => _graph.Node("Slice", [table, _graph.Shape(from), _graph.Shape(to), _graph.Shape(1)]);
        var plane = _graph.Transpose(_graph.Reshape(Part(1, 1 + (grid * grid)), 1, grid, grid, d), 0, 3, 1, 2); // [1, D, grid, grid]
        var sizes = _graph.Concat(0, _graph.Shape(1, d), _graph.Node("Shape", [patches], Int("start", 2), Int("end", 4)));
        var stretched = _graph.Node("Resize", [plane, "", "", sizes], Text("mode", "cubic"), Float("cubic_coeff_a", -0.75f),
            Text("coordinate_transformation_mode", "half_pixel"));
        return _graph.Concat(1, Part(0, 1), ToTokens(stretched)); // [1, 1 + T, D]
    }

    private string Rows(string matrix, int from, int to) =>
        _graph.Node("Slice", [matrix, _graph.Shape(from), _graph.Shape(to), _graph.Shape(0)]);

    private string FirstToken(string states) => _graph.Node("Gather", [states, _graph.Constant(0L)], Int("axis", 1)); // [B, D]

    private string LayerNorm(string key, string x) => _graph.Node("LayerNormalization", [x, Vector($"{key}.weight"), Vector($"{key}.bias")],
        Int("axis", -1), Float("epsilon", config.Epsilon));

    private string Linear(string key, string x, int from, int to)
    {
        var y = _graph.MatMul(x, _graph.Transpose(Weight($"{key}.weight", to, from), 1, 0));
        return weights.Has($"{key}.bias") ? _graph.Add(y, Weight($"{key}.bias", to)) : y;
    }

    private string Vector(string key) => Weight(key, config.Hidden);

    private string Weight(string key, params long[] shape) => _graph.Weight(key, weights.Require(key, shape));

    private void OutputStates(string x) =>
        _graph.Output(ImageEncoderFamily.StatesOutput, x, OnnxElementType.Float, Batch, "tokens", config.Hidden);

    private void OutputPooled(string x, int width) =>
        _graph.Output(config.Family.PooledOutput, x, OnnxElementType.Float, Batch, width);

    // Query, key, value and output, as BERT's heirs name them.
    private static string[] BertKeys(string key) =>
        [$"{key}.attention.query", $"{key}.attention.key", $"{key}.attention.value", $"{key}.output.dense"];
}
