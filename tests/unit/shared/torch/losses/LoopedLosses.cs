using SynCxr.Mesh.Torch.Losses;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Losses;

/// <summary>The papers' formulas, one pair at a time, without tensors.</summary>
internal static class LoopedLosses
{
    /// <summary>[B, D] as B vectors.</summary>
    public static double[][] Rows(Tensor x) => [.. x.detach().reshape(x.shape[0], -1).data<double>().ToArray().Chunk((int)x.shape[1])];

    /// <summary>[B, D, N] as B lists of N vectors.</summary>
    public static double[][][] Columns(Tensor x)
    {
        var (width, count) = ((int)x.shape[1], (int)x.shape[2]);
        return [.. x.detach().data<double>().ToArray().Chunk(width * count)
            .Select(m => Enumerable.Range(0, count).Select(c => Enumerable.Range(0, width).Select(r => m[r * count + c]).ToArray())
                .ToArray())];
    }

    public static double Convirt(ConvirtLoss loss, double[][] images, double[][] reports) =>
        loss.ImageToText * Match(images.Length, (i, j) => Cosine(images[i], reports[j]) / loss.Temperature)
        + loss.TextToImage * Match(images.Length, (i, j) => Cosine(images[j], reports[i]) / loss.Temperature);

    public static double Gloria(GloriaLoss loss, double[][] images, double[][] reports, double[][][] regions, double[][][] words,
        int[] counts)
    {
        var total = loss.Global * BothWays(images.Length, (i, j) => loss.Matching * Cosine(images[i], reports[j]));
        int[] spoken = [.. Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0)];
        return total + (spoken.Length == 0 ? 0 : loss.Local * BothWays(spoken.Length, (i, j) =>
            loss.Matching * Matching(loss, regions[spoken[i]], words[spoken[j]][..counts[spoken[j]]])));
    }

    private static double Matching(GloriaLoss loss, double[][] regions, double[][] words)
    {
        var overWords = regions.Select(r => Softmax([.. words.Select(w => Dot(r, w))])).ToArray(); // [R][T]
        var sum = 0.0;
        for (var t = 0; t < words.Length; t++)
        {
            var share = Softmax([.. overWords.Select(row => loss.Attention * row[t])]);
            var context = Enumerable.Range(0, words[t].Length).Select(d => regions.Select((r, i) => share[i] * r[d]).Sum()).ToArray();
            sum += Math.Exp(loss.Words * Cosine(context, words[t]));
        }

        return Math.Log(sum);
    }

    private static double BothWays(int count, Func<int, int, double> score) => Match(count, score) + Match(count, (i, j) => score(j, i));

    private static double Match(int count, Func<int, int, double> score) =>
        Enumerable.Range(0, count).Average(i => -Math.Log(Softmax([.. Enumerable.Range(0, count).Select(j => score(i, j))])[i]));

    private static double[] Softmax(double[] x)
    {
        var top = x.Max();
        var sum = x.Sum(v => Math.Exp(v - top));
        return [.. x.Select(v => Math.Exp(v - top) / sum)];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double Cosine(double[] a, double[] b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
}
