using System.Collections.Concurrent;
using System.Diagnostics;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>The input of one training step.</summary>
/// <param name="Number">Batches before it.</param>
/// <param name="Pixels">[B · S · S] in 0..1.</param>
/// <param name="Texts">One an image.</param>
public sealed record PairBatch(long Number, float[] Pixels, IReadOnlyList<WordPieceTokens> Texts);

/// <summary>Prepares batches on its own thread, a few ahead of the training. Each batch is a function of seed and number alone.</summary>
public sealed class PairBatchQueue : IDisposable
{
    private const int Ahead = 3;
    private readonly BlockingCollection<PairBatch> _made = new(Ahead);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _maker;
    private readonly Stopwatch _waiting = new();
    private Exception? _error;

    /// <param name="varied">True to augment each image as another exposure of the same chest.</param>
    public PairBatchQueue(PairMix pairs, int side, int batch, ulong seed, long first, bool varied)
    {
        _maker = new Thread(() => FillQueue(pairs, side, batch, seed, first, varied)) { IsBackground = true, Name = "pair batches" };
        _maker.Start();
    }

    /// <summary>Time that steps waited for a batch.</summary>
    public TimeSpan Waited => _waiting.Elapsed;

    /// <summary>The next batch; <paramref name="number"/> guards against reading out of order.</summary>
    /// <exception cref="InvalidOperationException">Another one is next.</exception>
    public PairBatch NextBatch(long number)
    {
        _waiting.Start();
        try
        {
            var batch = _made.Take(CancellationToken.None);
            return batch.Number == number
                ? batch : throw new InvalidOperationException($"Batch {batch.Number} is next, but batch {number} was asked for");
        }
        catch (InvalidOperationException) when (_error is { } error)
        {
            throw new InvalidDataException(error.Message, error);
        }
        finally
        {
            _waiting.Stop();
        }
    }

    /// <summary>Creates one batch on the calling thread.</summary>
    public static PairBatch CreateBatch(PairMix pairs, int side, int batch, ulong seed, long number, bool varied)
    {
        var random = RandomSource.Create(seed, "pair batch", number);
        var pixels = new float[batch * side * side];
        var texts = new WordPieceTokens[batch];
        for (var i = 0; i < batch; i++)
        {
            var pair = pairs.GetPair(number * batch + i);
            texts[i] = random.PickOne(pair.Texts);
            var to = pixels.AsSpan(i * side * side, side * side);
            if (varied)
                ImageAugmentation.VaryExposure(pair.Pixels.Span, to, side, random);
            else
                ImageAugmentation.ToUnitRange(pair.Pixels.Span, to);
        }

        return new PairBatch(number, pixels, texts);
    }

    private void FillQueue(PairMix pairs, int side, int batch, ulong seed, long first, bool varied)
    {
        try
        {
            for (var number = first; !_stop.IsCancellationRequested; number++)
                _made.Add(CreateBatch(pairs, side, batch, seed, number, varied), _stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
#pragma warning disable CA1031 // the reader throws it
        catch (Exception error)
#pragma warning restore CA1031
        {
            _error = error;
        }

        _made.CompleteAdding();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _maker.Join();
        _stop.Dispose();
        _made.Dispose();
    }
}
