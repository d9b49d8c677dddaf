using System.Diagnostics;
using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// The trainer's networks against the machine's own limit: a product of two 1024 × 1024 matrices on the same device, in the same run.
/// </summary>
internal static class NetworksBenchmark
{
    private const int Batch = 16, Tokens = 128, Side = 224, Captions = 48;
    private const long Matrix = 1024;
    private const double BertWanted = 0.8, ResNetWanted = 0.45, GloriaWanted = 5, MemoryWanted = 0.02;

    /// <returns>0 when every share holds.</returns>
    public static int Run(string device, int threads)
    {
        if (TorchRuntime.FindDeviceProblem(device) is { } problem)
        {
            Console.Error.WriteLine(problem);
            return 2;
        }

        TorchRuntime.Configure(device, threads);
        random.manual_seed(1);
        Console.WriteLine($"{device}, {threads} threads; float32; medians");
        var limit = MatrixProduct();
        var (bert, resNet) = (Bert(), ResNet());
        Console.WriteLine($"{"",-34}{"ms",9}{"GFLOP",9}{"GFLOP/s",9}{"share",8}");
        var held = Row("matrix product, 1024³", limit, limit, 0)
            & Row("BERT-base, 128 tokens, batch 16", bert, limit, BertWanted)
            & Row("ResNet-50, 224², batch 16", resNet, limit, ResNetWanted);
        return held & Gloria() & Memory() ? 0 : 1;
    }

    private static bool Row(string name, (double Seconds, double Operations) it, (double Seconds, double Operations) limit, double wanted)
    {
        var share = it.Operations / it.Seconds / (limit.Operations / limit.Seconds);
        Console.WriteLine(
            $"{name,-34}{it.Seconds * 1e3,9:F1}{it.Operations / 1e9,9:F0}{it.Operations / it.Seconds / 1e9,9:F0}"
                + $"{share,8:F2}{(wanted > 0 ? $"  (at least {wanted})" : "")}");
        return share >= wanted;
    }

    private static (double Seconds, double Operations) MatrixProduct()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (a, b) = (randn(Matrix, Matrix), randn(Matrix, Matrix));
        const int Products = 20;
        var seconds = Median(9, () =>
        {
            var c = a;
            for (var i = 0; i < Products; i++)
                c = matmul(a, b);
            return c[0, 0];
        });
        return (seconds / Products, 2.0 * Matrix * Matrix * Matrix);
    }

    /// <summary>Forward and backward: three times the products of the forward pass; gathering the embeddings is no product.</summary>
    private static (double Seconds, double Operations) Bert()
    {
        using var scope = NewDisposeScope();
        var config = BertConfig.Base;
        using var network = new Bert(config);
        var ids = (rand(Batch, Tokens) * config.VocabSize).to_type(ScalarType.Int64);
        var mask = ones(Batch, Tokens);
        var seconds = Median(5, () => Backward(network.forward(ids, mask)[^1], network));
        double hidden = config.Hidden;
        var token = config.Layers * (2 * (4 * hidden * hidden + 2 * hidden * config.Intermediate) + 4 * Tokens * hidden);
        return (seconds, 3 * Batch * Tokens * token);
    }

    /// <summary>Forward and backward; the gradient of the pixels is not made.</summary>
    private static (double Seconds, double Operations) ResNet()
    {
        using var scope = NewDisposeScope();
        var config = ResNetConfig.ResNet50;
        using var network = new ResNet(config);
        var pixels = randn(Batch, 3, Side, Side);
        var seconds = Median(5, () => Backward(network.forward(pixels).Features, network));
        var side = Side / 2;
        var stem = 2.0 * 7 * 7 * 3 * config.Width * side * side;
        var (blocks, inputs) = (0.0, config.Width);
        side /= 2;
        for (var stage = 0; stage < config.Blocks.Count; stage++)
        {
            var (inner, outputs) = (config.Width << stage, config.Channels(stage));
            for (var block = 0; block < config.Blocks[stage]; block++)
            {
                var after = block == 0 && stage > 0 ? side / 2 : side;
                blocks += 2.0 * inputs * inner * side * side + 2.0 * 9 * inner * inner * after * after + 2.0 * inner * outputs * after
                    * after;
                if (block == 0)
                    blocks += 2.0 * inputs * outputs * after * after;
                (side, inputs) = (after, outputs);
            }
        }

        return (seconds, Batch * (2 * stem + 3 * blocks));
    }

    /// <summary>The published sizes: 19 × 19 regions of width 768; each caption in turn meets all images in the loop.</summary>
    private static bool Gloria()
    {
        using var scope = NewDisposeScope();
        var random = RandomSource.Create(1, "captions", 0);
        int[] counts = [.. Enumerable.Range(0, Captions).Select(_ => 5 + random.NextInt(31))];
        Tensor[] inputs = [.. new long[][] { [Captions, 768], [Captions, 768], [Captions, 768, 361],
            [Captions, 768, counts.Max()] }.Select(s => randn(s, requires_grad: true))];
        var loss = GloriaLoss.Paper;
        Tensor Whole() => loss.Calculate(inputs[0], inputs[1], inputs[2], inputs[3], counts);
        Tensor Looped()
        {
            var local = stack([.. Enumerable.Range(0, Captions).Select(c => Column(loss, inputs[2], inputs[3][c][.., ..counts[c]]))],
                1) * loss.Matching;
            var global = matmul(nn.functional.normalize(inputs[0]), nn.functional.normalize(inputs[1]).transpose(0, 1)) * loss.Matching;
            return loss.Local * (Match(local) + Match(local.transpose(0, 1))) + loss.Global
                * (Match(global) + Match(global.transpose(0, 1)));
        }

        var (one, other) = (TensorReader.ReadScalar<float>(Whole()), TensorReader.ReadScalar<float>(Looped()));
        var (whole, looped) = (Median(5, () => Backward(Whole(), inputs)), Median(5, () => Backward(Looped(), inputs)));
        Console.WriteLine(
            $"GLoRIA's loss, 48 captions, forward and backward: {whole * 1e3:F0} ms at once, {looped * 1e3:F0} ms a caption at a time: "
                + $"{looped / whole:F1} times (at least {GloriaWanted}); values {one:F5} and {other:F5}");
        return looped / whole >= GloriaWanted && Math.Abs(one - other) < 1e-4 * Math.Abs(other);
    }

    /// <summary>One caption, word by word as the paper has it. Regions [B, D, R] and words [D, T] to [B].</summary>
    private static Tensor Column(GloriaLoss loss, Tensor regions, Tensor words)
    {
        var share = (matmul(regions.transpose(1, 2), words).softmax(2) * loss.Attention).softmax(1); // [B, R, T]
        return (nn.functional.cosine_similarity(matmul(regions, share), words.unsqueeze(0)) * loss.Words).logsumexp(1);
    }

    private static Tensor Match(Tensor scores) => nn.functional.cross_entropy(scores, arange(scores.shape[0], dtype: ScalarType.Int64));

    /// <summary>Memory of the process while ConVIRT's small networks take 500 steps.</summary>
    private static bool Memory()
    {
        const int Steps = 500, Settled = 100, Pairs = 32;
        using var scope = NewDisposeScope();
        using var image = new ResNet(ResNetConfig.Tiny);
        using var text = new Bert(BertConfig.Tiny(1000));
        var head = nn.Linear(image.Config.Channels(3), text.Config.Hidden);
        var weights = ModuleWeights.NamedParameters(image, "image.").Concat(ModuleWeights.NamedParameters(text, "text."))
            .Concat(ModuleWeights.NamedParameters(head, "head.")).ToDictionary(StringComparer.Ordinal);
        var folder = Directory.CreateTempSubdirectory("networks");
        var (early, late) = (0L, 0L);
        using (var loop = new TrainingLoop("memory", new LoopSettings(Steps, 1e-3), 1, weights,
            Path.Combine(folder.FullName, "loop.safetensors"), "memory"))
        {
            loop.Run(
                randomness =>
                {
                    var pixels = TorchRandom.Normal([Pairs, 1, 64, 64], randomness.NoiseGenerator);
                    var ids = (TorchRandom.Uniform([Pairs, 32 + randomness.Random.NextInt(32)], randomness.NoiseGenerator) * 1000)
                        .to_type(ScalarType.Int64);
                    return ConvirtLoss.Mgca.Calculate(head.forward(image.forward(pixels).Features),
                        text.forward(ids, ones_like(ids))[^1].mean([1]));
                },
                Pairs, null, CancellationToken.None, at =>
                {
                    if (at.Step <= Settled)
                        early = Math.Max(early, Resident());
                    else
                        late = Math.Max(late, Resident());
                    return true;
                });
        }

        folder.Delete(recursive: true);
        var growth = (double)late / early - 1;
        Console.WriteLine(
            $"memory over {Steps} steps: at most {early >> 20} MiB up to step {Settled}, {late >> 20} MiB after: "
                + $"{growth:+0.0 %;-0.0 %} (at most {MemoryWanted:0 %})");
        return growth <= MemoryWanted;
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static Tensor Backward(Tensor output, nn.Module network) => Backward(output, [.. network.parameters()]);

    /// <summary>Gradients of the mean; gives the sum of one, so that all of it is done when it is read.</summary>
    private static Tensor Backward(Tensor output, IReadOnlyList<Tensor> inputs)
    {
        output.mean().backward();
        var sum = inputs[^1].grad!.sum();
        foreach (var input in inputs)
            input.grad?.zero_();
        return sum;
    }

    /// <summary>Seconds of a run, the median of several after one that is not counted.</summary>
    private static double Median(int runs, Func<Tensor> work)
    {
        var seconds = new double[runs];
        for (var run = -1; run < runs; run++)
        {
            using var scope = NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            TensorReader.ReadScalar<float>(work());
            if (run >= 0)
                seconds[run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return seconds.Order().ElementAt(runs / 2);
    }
}
