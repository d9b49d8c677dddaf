using System.Diagnostics;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Training;

/// <summary>
/// A number in a call to libtorch is a <see cref="Scalar"/> with a finaliser, and nothing but an argument holds it:
/// <c>build/KeptArguments.cs</c>.
/// </summary>
[Collection("torch")]
public sealed class TorchScalarTests
{
    /// <summary>
    /// More threads than cores: one that loses its core between reading a number's address and reading the number is what goes wrong.
    /// </summary>
    [Fact]
    public async Task Numbers_WhileOthersCollectGarbage_StayWhatTheyAre()
    {
        zeros(1).Dispose(); // libtorch is loaded before the time runs
        var clock = Stopwatch.StartNew();
        var computing = Enumerable.Range(0, 6)
            .Select(_ => Task.Factory.StartNew(() => Compute(clock), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToArray();
        var all = Task.WhenAll(computing);
        while (!all.IsCompleted)
        {
            GC.Collect(0);
            await Task.Yield();
        }

        await all;
    }

    private static void Compute(Stopwatch clock)
    {
        using var x = full(16, 3.0);
        do
        {
            using var scope = NewDisposeScope();
            var y = ((x * 0.5 + x).sub(1.25) / 2.0).pow(2).add(x, 0.125).clamp(0.25, 100.0).square();
            Assert.Equal(9.093994140625f, y[7].item<float>()); // ((3 * 0.5 + 3 - 1.25) / 2)^2 + 3 * 0.125, squared
        }
        while (clock.Elapsed < TimeSpan.FromSeconds(4));
    }
}
