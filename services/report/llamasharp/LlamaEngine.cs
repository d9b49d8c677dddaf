using System.Threading.Channels;
using LLama;
using LLama.Batched;
using LLama.Common;
using LLama.Native;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>
/// Computes the answers of one model, several in each batch: a token of every answer that is being written, and as much of the prompts that
/// wait as still fits. An answer has its part of the context for itself and never moves within it.
/// </summary>
internal sealed class LlamaEngine : IAsyncDisposable
{
    private readonly LlamaSharpOptions _options;
    private readonly ModelParams _parameters;
    private readonly Channel<LlamaAnswer> _waiting = Channel.CreateUnbounded<LlamaAnswer>(); // the service bounds its callers
    private readonly List<LlamaAnswer> _running = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private readonly Task _work;
    private BatchedExecutor _executor;

    public LlamaEngine(LLamaWeights weights, ModelParams parameters, LlamaSharpOptions options, ILogger logger)
    {
        (_options, _parameters, _logger) = (options, parameters, logger);
        _executor = new BatchedExecutor(weights, parameters);
        _work = Task.Run(RunAsync);
    }

    public void Add(LlamaAnswer answer)
    {
        if (!_waiting.Writer.TryWrite(answer))
            answer.Fail(new InvalidOperationException("the engine has ended; the log says why"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _waiting.Writer.TryComplete();
        await _work;
        _executor.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                Admit();
                if (_running.Count == 0)
                {
                    if (!await _waiting.Reader.WaitToReadAsync())
                        break;
                    continue;
                }

                try
                {
                    await ComputeAsync();
                }
                catch (Exception error)
                {
                    Restart(error);
                }
            }
        }
        catch (Exception error)
        {
            Log.LlamaEngineEnded(_logger, error);
        }
        finally
        {
            _waiting.Writer.TryComplete();
            EndWhere(_ => true);
            while (_waiting.Reader.TryRead(out var left))
                left.Dispose();
        }
    }

    private void Admit()
    {
        EndWhere(a => a.IsCancelled);
        while (_running.Count < _options.Concurrency && _waiting.Reader.TryRead(out var answer))
        {
            if (answer.IsCancelled)
            {
                answer.Dispose();
                continue;
            }

            answer.Begin(_executor);
            _running.Add(answer);
        }
    }

    private async Task ComputeAsync()
    {
        var room = (int)_parameters.BatchSize - _running.Count(a => a.PromptLeft == 0);
        foreach (var answer in _running)
            answer.PromptNext();
        foreach (var answer in _running.Where(a => a.PromptLeft > 0))
        {
            var count = Math.Min(room, answer.PromptLeft);
            if (count == 0)
                continue;
            answer.Prompt(count);
            room -= count;
        }

        if (await _executor.Infer(_stopping.Token) is not DecodeResult.Ok and var result)
            throw new InvalidOperationException($"llama.cpp could not compute a batch: {result}");
        EndWhere(a => a.PromptLeft == 0 && !a.IsCancelled && !a.Step(_executor.Context, _options.MaxTokens, _options.ContextSize));
    }

    private void EndWhere(Func<LlamaAnswer, bool> isAtEnd)
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (!isAtEnd(_running[i]))
                continue;
            _running[i].Dispose();
            _running.RemoveAt(i);
        }
    }

    /// <summary>After a failed computation nothing in the context can be trusted: its answers fail, and it is made anew.</summary>
    private void Restart(Exception error)
    {
        if (_stopping.IsCancellationRequested)
            return;
        Log.LlamaBatchFailed(_logger, error, _running.Count);
        foreach (var answer in _running)
            answer.Fail(error);
        EndWhere(_ => true);
        var weights = _executor.Model;
        _executor.Dispose();
        _executor = new BatchedExecutor(weights, _parameters);
    }
}
