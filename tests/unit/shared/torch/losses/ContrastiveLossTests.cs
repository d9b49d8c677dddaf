using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Training;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Losses;

/// <summary>Both losses against double loops in float64, their gradients against central differences of those loops.</summary>
[Collection("torch")]
public sealed class ContrastiveLossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Convirt_OddBatch_EqualsTheDoubleLoop(int batch)
    {
        using var scope = NewDisposeScope();
        foreach (var loss in new[] { ConvirtLoss.Paper, ConvirtLoss.Mgca })
        {
            var (images, reports) = (Numbers(1, batch, 5), Numbers(2, batch, 5));
            Check(() => loss.Calculate(images, reports),
                () => LoopedLosses.Convirt(loss, LoopedLosses.Rows(images), LoopedLosses.Rows(reports)), images, reports);
        }
    }

    [Theory]
    [InlineData(1, 6, 4, new[] { 1 })]
    [InlineData(3, 4, 9, new[] { 1, 97, 5 })]
    [InlineData(5, 4, 4, new[] { 3, 0, 1, 2, 6 })]
    [InlineData(2, 4, 4, new[] { 0, 0 })]
    public void Gloria_ShortLongAndEmptyCaptions_EqualsTheDoubleLoop(int batch, int width, int regions, int[] counts)
    {
        using var scope = NewDisposeScope();
        var longest = Math.Max(1, counts.Max()) + 1;
        var (images, reports) = (Numbers(1, batch, width), Numbers(2, batch, width));
        var (places, words) = (Numbers(3, batch, width, regions), Numbers(4, batch, width, longest));
        Check(
            () => GloriaLoss.Paper.Calculate(images, reports, places, words, counts),
            () => LoopedLosses.Gloria(GloriaLoss.Paper, LoopedLosses.Rows(images), LoopedLosses.Rows(reports), LoopedLosses.Columns(places),
                LoopedLosses.Columns(words), counts),
            images, reports, places, words);
    }

    [Fact]
    public void Gloria_WhatLiesBeyondTheWords_IsNotRead()
    {
        using var scope = NewDisposeScope();
        var (images, reports, places, words) = (Numbers(1, 3, 4), Numbers(2, 3, 4), Numbers(3, 3, 4, 5), Numbers(4, 3, 4, 6));
        int[] counts = [2, 6, 1];
        var before = GloriaLoss.Paper.Calculate(images, reports, places, words, counts).item<double>();
        using (no_grad())
            words[TensorIndex.Single(0), TensorIndex.Colon, TensorIndex.Slice(2)].fill_(1e6);
        Assert.Equal(before, GloriaLoss.Paper.Calculate(images, reports, places, words, counts).item<double>(), 1e-12);
    }

    [Fact]
    public void Of_OtherShapes_NamesBoth()
    {
        using var scope = NewDisposeScope();
        var wrong = Assert.Throws<ArgumentException>(() => ConvirtLoss.Paper.Calculate(zeros(2, 3), zeros(3, 3)));
        Assert.Contains("[2, 3]", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 3]", wrong.Message, StringComparison.Ordinal);
    }

    private static Tensor Numbers(ulong seed, params long[] shape)
    {
        var random = RandomSource.Create(seed, "losses", 0);
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.NextNormal())]).reshape(shape)
            .DetachFromDisposeScope().requires_grad_();
    }

    /// <summary>Value to 1e-10, every gradient to 1e-6.</summary>
    private static void Check(Func<Tensor> fast, Func<double> looped, params Tensor[] inputs)
    {
        var value = fast();
        Assert.Equal(looped(), value.item<double>(), 1e-10);
        foreach (var input in inputs)
            input.grad = null;
        value.backward();
        foreach (var input in inputs)
        {
            var slopes = input.grad?.flatten().data<double>().ToArray() ?? new double[input.numel()];
            var flat = input.detach().view(-1);
            for (var i = 0; i < slopes.Length; i += Math.Max(1, slopes.Length / 40))
                Assert.Equal(Slope(flat, i, looped), slopes[i], 1e-6);
        }
    }

    private static double Slope(Tensor flat, int at, Func<double> looped)
    {
        const double step = 1e-5;
        var here = flat[at].item<double>();
        double With(double value)
        {
            flat[at].fill_(value);
            return looped();
        }

        var slope = (With(here + step) - With(here - step)) / (2 * step);
        flat[at].fill_(here);
        return slope;
    }
}
