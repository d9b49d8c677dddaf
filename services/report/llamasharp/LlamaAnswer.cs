using System.Threading.Channels;
using LLama;
using LLama.Batched;
using LLama.Native;
using LLama.Sampling;
using SynCxr.Mesh.Chat;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>One answer on its way through <see cref="LlamaEngine"/>: its prompt, its sampler, and the pieces that are done.</summary>
/// <param name="prompt">Tokens up to where the answer begins.</param>
/// <param name="sampler">Chooses its tokens.</param>
/// <param name="decoder">Turns its tokens into text; a character may be of several.</param>
internal sealed class LlamaAnswer(LLamaToken[] prompt, ISamplingPipeline sampler, StreamingTokenDecoder decoder,
    CancellationToken cancellation) : IDisposable
{
    private readonly Channel<AnswerPiece> _pieces = Channel.CreateUnbounded<AnswerPiece>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // as many as tokens, and those have a limit
    private Conversation? _conversation;
    private LLamaToken? _next;
    private int _prompted;
    private int _written;

    public ChannelReader<AnswerPiece> Pieces => _pieces.Reader;

    public bool IsCancelled => cancellation.IsCancellationRequested;

    /// <summary>Tokens of the prompt that the model has not seen yet.</summary>
    public int PromptLeft => prompt.Length - _prompted;

    private int Positions => _prompted + _written;

    public void Begin(BatchedExecutor executor) => _conversation = executor.Create();

    /// <summary>Puts more of the prompt into the batch.</summary>
    public void Prompt(int count)
    {
        _conversation!.Prompt(prompt.AsSpan(_prompted, count));
        _prompted += count;
    }

    /// <summary>
    /// Puts the token that was chosen last into the batch. Only when the batch is computed at once: a token that stays in it when its
    /// answer ends would be computed into whichever answer has the place by then.
    /// </summary>
    public void PromptNext()
    {
        if (_next is not { } token)
            return;
        _conversation!.Prompt(token);
        _written++;
        _next = null;
    }

    /// <summary>Samples the next token after a computation.</summary>
    /// <returns>False when the answer has ended.</returns>
    public bool Step(LLamaContext context, int maxTokens, int contextSize)
    {
        var token = sampler.Sample(context.NativeHandle, _conversation!.GetSampleIndex());
        if (token.IsEndOfGeneration(context.Vocab))
            return End(null);
        decoder.Add(token);
        if (decoder.Read() is { Length: > 0 } text)
            _pieces.Writer.TryWrite(new AnswerPiece(text));
        if (_written + 1 >= maxTokens)
            return End(new AnswerFault(AnswerFaultNames.Length, $"was cut at the limit of {maxTokens} tokens"));
        if (Positions + 1 >= contextSize)
            return End(new AnswerFault(AnswerFaultNames.Length, $"was cut at the end of the context of {contextSize} tokens"));
        _next = token;
        return true;
    }

    /// <summary>Ends the answer; <paramref name="error"/> is what its reader gets.</summary>
    public void Fail(Exception error) => _pieces.Writer.TryComplete(error);

    public void Dispose()
    {
        _conversation?.Dispose();
        sampler.Dispose();
        _pieces.Writer.TryComplete(new OperationCanceledException(cancellation));
    }

    private bool End(AnswerFault? fault)
    {
        if (fault is not null)
            _pieces.Writer.TryWrite(new AnswerPiece("") { Fault = fault });
        _pieces.Writer.TryComplete();
        return false;
    }
}
