using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Networks;

/// <summary>The parts of ResNet and BERT as their papers write them, number by number, without libtorch's layers.</summary>
internal sealed class FormulaNetworks(IReadOnlyDictionary<string, Tensor> weights)
{
    private double[] W(string name) => weights[name].detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();

    /// <summary>[C, H, W] → [O, H', W'], zero padding, no bias.</summary>
    public double[,,] Conv(string name, double[,,] x, int kernel, int stride)
    {
        var (w, inputs, pad) = (W(name + ".weight"), x.GetLength(0), kernel / 2);
        var (outputs, height, width) = (w.Length / inputs / kernel / kernel, (x.GetLength(1) - 1) / stride + 1,
            (x.GetLength(2) - 1) / stride + 1);
        var y = new double[outputs, height, width];
        for (var o = 0; o < outputs; o++)
            for (var i = 0; i < height; i++)
                for (var j = 0; j < width; j++)
                    for (var c = 0; c < inputs; c++)
                        for (var a = 0; a < kernel; a++)
                            for (var b = 0; b < kernel; b++)
                            {
                                var (r, s) = (i * stride + a - pad, j * stride + b - pad);
                                if (r >= 0 && s >= 0 && r < x.GetLength(1) && s < x.GetLength(2))
                                    y[o, i, j] += w[((o * inputs + c) * kernel + a) * kernel + b] * x[c, r, s];
                            }

        return y;
    }

    /// <summary>With the running figures, ε = 1e-5.</summary>
    public double[,,] Norm(string name, double[,,] x)
    {
        var (gain, shift, mean, variance) = (W(name + ".weight"), W(name + ".bias"), W(name + ".running_mean"), W(name + ".running_var"));
        return Each(x, (c, v) => (v - mean[c]) / Math.Sqrt(variance[c] + 1e-5) * gain[c] + shift[c]);
    }

    /// <summary>One block; <paramref name="kernels"/> 3 3 or 1 3 1, the stride in the first 3.</summary>
    public double[,,] Block(string name, double[,,] x, int[] kernels, int stride)
    {
        var (h, strided) = (x, Array.IndexOf(kernels, 3));
        for (var i = 0; i < kernels.Length; i++)
        {
            h = Norm($"{name}.bn{i + 1}", Conv($"{name}.conv{i + 1}", h, kernels[i], i == strided ? stride : 1));
            if (i < kernels.Length - 1)
                h = Relu(h);
        }

        var way = weights.ContainsKey($"{name}.downsample.0.weight")
            ? Norm($"{name}.downsample.1", Conv($"{name}.downsample.0", x, 1, stride)) : x;
        for (var c = 0; c < h.GetLength(0); c++)
            for (var i = 0; i < h.GetLength(1); i++)
                for (var j = 0; j < h.GetLength(2); j++)
                    h[c, i, j] += way[c, i, j];
        return Relu(h);
    }

    /// <summary>3×3 maximum, stride 2, padding 1.</summary>
    public static double[,,] Pool(double[,,] x)
    {
        var y = new double[x.GetLength(0), (x.GetLength(1) - 1) / 2 + 1, (x.GetLength(2) - 1) / 2 + 1];
        for (var c = 0; c < y.GetLength(0); c++)
            for (var i = 0; i < y.GetLength(1); i++)
                for (var j = 0; j < y.GetLength(2); j++)
                {
                    y[c, i, j] = double.NegativeInfinity;
                    for (var r = Math.Max(0, 2 * i - 1); r <= Math.Min(x.GetLength(1) - 1, 2 * i + 1); r++)
                        for (var s = Math.Max(0, 2 * j - 1); s <= Math.Min(x.GetLength(2) - 1, 2 * j + 1); s++)
                            y[c, i, j] = Math.Max(y[c, i, j], x[c, r, s]);
                }

        return y;
    }

    public static double[,,] Relu(double[,,] x) => Each(x, (_, v) => Math.Max(0, v));

    /// <summary>Post-norm transformer layer on T vectors, of which the first <paramref name="tokens"/> are there.</summary>
    public double[][] BertLayer(string name, double[][] x, int heads, int tokens)
    {
        var (q, k, v) = (Linear(name + ".attention.self.query", x), Linear(name + ".attention.self.key", x),
            Linear(name + ".attention.self.value", x));
        var size = q[0].Length / heads;
        var mixed = x.Select(_ => new double[q[0].Length]).ToArray();
        for (var h = 0; h < heads; h++)
        {
            for (var i = 0; i < x.Length; i++)
            {
                var scores = Enumerable.Range(0, tokens)
                    .Select(j => Math.Exp(Enumerable.Range(h * size, size).Sum(d => q[i][d] * k[j][d]) / Math.Sqrt(size))).ToArray();
                foreach (var d in Enumerable.Range(h * size, size))
                    mixed[i][d] = Enumerable.Range(0, tokens).Sum(j => scores[j] * v[j][d]) / scores.Sum();
            }
        }

        var after = LayerNorm(name + ".attention.output.LayerNorm", Sum(Linear(name + ".attention.output.dense", mixed), x));
        var inner = Linear(name + ".intermediate.dense", after).Select(r => r.Select(Gelu).ToArray()).ToArray();
        return LayerNorm(name + ".output.LayerNorm", Sum(Linear(name + ".output.dense", inner), after));
    }

    public double[][] Embed(IReadOnlyList<int> ids, int width)
    {
        var (words, places, kinds) = (W("embeddings.word_embeddings.weight"), W("embeddings.position_embeddings.weight"),
            W("embeddings.token_type_embeddings.weight"));
        return LayerNorm("embeddings.LayerNorm",
            [.. ids.Select(
                (id, t) => Enumerable.Range(0, width).Select(d => words[id * width + d] + places[t * width + d] + kinds[d]).ToArray())]);
    }

    private double[][] Linear(string name, double[][] x)
    {
        var (w, b) = (W(name + ".weight"), W(name + ".bias"));
        return [.. x.Select(row => b.Select((shift, o) => shift + row.Select((v, i) => v * w[o * row.Length + i]).Sum()).ToArray())];
    }

    private double[][] LayerNorm(string name, double[][] x)
    {
        var (gain, shift) = (W(name + ".weight"), W(name + ".bias"));
        return [.. x.Select(row =>
        {
            var mean = row.Average();
            var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-12);
            return row.Select((v, i) => (v - mean) / deviation * gain[i] + shift[i]).ToArray();
        })];
    }

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray())];

    /// <summary>x Φ(x); Φ by Simpson's rule, since .NET has no error function.</summary>
    private static double Gelu(double x)
    {
        const int parts = 2000;
        var step = x / parts;
        var sum = Enumerable.Range(0, parts + 1)
            .Sum(i => (i is 0 or parts ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-0.5 * i * step * i * step));
        return x * (0.5 + sum * step / 3 / Math.Sqrt(2 * Math.PI));
    }

    private static double[,,] Each(double[,,] x, Func<int, double, double> number)
    {
        var y = new double[x.GetLength(0), x.GetLength(1), x.GetLength(2)];
        for (var c = 0; c < y.GetLength(0); c++)
            for (var i = 0; i < y.GetLength(1); i++)
                for (var j = 0; j < y.GetLength(2); j++)
                    y[c, i, j] = number(c, x[c, i, j]);
        return y;
    }
}
