using System.Runtime.CompilerServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;
using LLama.Sampling;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.Llama;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Curation.Judging.LlamaSharp;

/// <summary>
/// A vision model in this process: a GGUF file with its projector, run by llama.cpp (libmtmd). It answers one conversation at a time,
/// always with the most likely token, so its answers are the same each time on one machine.
/// </summary>
internal sealed class LlamaVisionModel : IChatModel
{
    /// <summary>What stands for a picture in the text that the library reads; no text may hold it.</summary>
    public const string PictureMark = "<__media__>";

    private readonly LlamaJudgeOptions _options;
    private readonly LLamaWeights _weights;
    private readonly MtmdWeights _projector;
    private readonly LLamaContext _context;
    private readonly LlamaPromptTokenizer? _template;
    private readonly LLamaToken _zeroByte;
    private readonly SemaphoreSlim _turn = new(1);

    private LlamaVisionModel(LlamaJudgeOptions options, string digests, LLamaWeights weights, MtmdWeights projector, ModelParams parameters)
    {
        _options = options;
        _weights = weights;
        _projector = projector;
        _template = options.PlainTurns ? null : new LlamaPromptTokenizer(weights.NativeHandle);
        _context = weights.CreateContext(parameters);
        _zeroByte = weights.NativeHandle.Tokenize("\0", addBos: false, special: false, Encoding.UTF8)[^1];
        Settings = FormattableString.Invariant($"""
            weights {digests}
            temperature 0 max_tokens {options.MaxTokens} context {options.ContextSize} gpu_layers {options.GpuLayers}
            plain_turns {options.PlainTurns}
            """);
    }

    public string Name => Path.GetFileNameWithoutExtension(_options.ModelPath);

    public string Settings { get; }

    public int Concurrency => 1;

    public bool TakesGrammar => false;

    /// <summary>Loads the weights of a model and of its projector.</summary>
    /// <param name="digests">SHA-256 of both files.</param>
    /// <exception cref="InvalidDataException">A file is none that llama.cpp reads, or they don't fit each other.</exception>
    public static LlamaVisionModel Load(LlamaJudgeOptions options, string digests, ILogger logger)
    {
        LlamaNativeLog.SendTo(logger);
        var (model, projector) = (CurationOptions.ResolvePath(options.ModelPath), CurationOptions.ResolvePath(options.ProjectorPath));
        var threads = options.Threads > 0 ? options.Threads : FreeProcessorCounter.Count();
        var parameters = new ModelParams(model)
        {
            ContextSize = (uint)options.ContextSize,
            GpuLayerCount = options.GpuLayers,
            Threads = threads,
            BatchThreads = threads,
        };
        LLamaWeights? weights = null;
        MtmdWeights? loaded = null;
        try
        {
            weights = LoadWeights(parameters, options.ModelPath);
            loaded = LoadProjector(projector, weights, options, threads);
            return new LlamaVisionModel(options, digests, weights, loaded, parameters);
        }
        catch
        {
            loaded?.Dispose();
            weights?.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<AnswerPiece> AnswerAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            yield return await Task.Factory.StartNew(() => Answer(Render(request.Turns), PicturesOf(request.Turns), cancellation).Piece,
                cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Answers a prompt whose pictures stand where their marks are.</summary>
    /// <returns>The positions that the prompt takes, the tokens of the answer, and the answer.</returns>
    public (int Positions, IReadOnlyList<int> Tokens, AnswerPiece Piece) Answer(
        string prompt, IReadOnlyList<RasterImage> pictures, CancellationToken cancellation)
    {
        var embeds = new List<SafeMtmdEmbed>();
        try
        {
            embeds.AddRange(pictures.Select(ToEmbed));
            if (_projector.Tokenize(prompt, addSpecial: true, parseSpecial: true, [.. embeds], out var chunks) is not 0 and var result)
                throw new InvalidOperationException($"libmtmd could not read a prompt of {pictures.Count} pictures: {result}");
            using (chunks)
                return Answer(chunks!, cancellation);
        }
        finally
        {
            embeds.ForEach(e => e.Dispose());
        }
    }

    public ValueTask DisposeAsync()
    {
        _context.Dispose();
        _projector.Dispose();
        _weights.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private (int Positions, IReadOnlyList<int> Tokens, AnswerPiece Piece) Answer(SafeMtmdInputChunks chunks, CancellationToken cancellation)
    {
        var pieces = chunks.Enumerate().ToList();
        var last = ReadText(pieces[^1]);
        if (last.Length == 0)
            throw new InvalidOperationException("a prompt must end with text, not with a picture");
        var positions = (int)chunks.CountPositions() - (int)pieces[^1].NTokens + last.Length;
        if (positions + _options.MaxTokens > _options.ContextSize)
        {
            return (positions, [], new AnswerPiece("")
            {
                Fault = new AnswerFault(AnswerFaultNames.Context,
                    $"has no room: picture and questions take {positions} positions, the answer {_options.MaxTokens}, the context has "
                        + $"{_options.ContextSize}"),
            });
        }

        _context.NativeHandle.MemoryClear();
        var (past, batch) = (0, new LLamaBatch());
        foreach (var piece in pieces)
        {
            if (piece.Type == SafeMtmdInputChunk.SafeMtmdInputChunkType.Text)
                past = Compute(batch, ReadText(piece), past);
            else if (_projector.NativeHandle.EvaluateChunk(piece.NativePtr, _context.NativeHandle, ref past, 0, (int)_context.BatchSize,
                logitsLast: false) is not 0 and var result)
                throw new InvalidOperationException($"llama.cpp could not compute a picture: {result}");
        }

        using var sampler = new GreedySamplingPipeline();
        var decoder = new StreamingTokenDecoder(Encoding.UTF8, _weights);
        var tokens = new List<int>();
        while (tokens.Count < _options.MaxTokens)
        {
            cancellation.ThrowIfCancellationRequested();
            var token = sampler.Sample(_context.NativeHandle, -1);
            if (token.IsEndOfGeneration(_weights.Vocab))
                return (positions, tokens, new AnswerPiece(decoder.Read()));
            tokens.Add((int)token);
            decoder.Add(token);
            past = Compute(batch, [token], past);
        }

        return (positions, tokens, new AnswerPiece(decoder.Read())
        {
            Fault = new AnswerFault(AnswerFaultNames.Length, $"was cut at the limit of {_options.MaxTokens} tokens"),
        });
    }

    /// <summary>
    /// The tokens of a text between pictures. LLamaSharp 0.30 hands the zero byte after the prompt to libmtmd as part of the text; no
    /// prompt ends with one, so its token is left out.
    /// </summary>
    private LLamaToken[] ReadText(SafeMtmdInputChunk piece)
    {
        if (piece.Type != SafeMtmdInputChunk.SafeMtmdInputChunkType.Text)
            throw new InvalidOperationException("a prompt must end with text, not with a picture");
        LLamaToken[] tokens = [.. piece.GetTextTokensSpan().ToArray().Select(id => (LLamaToken)(int)id)];
        return tokens.Length > 0 && tokens[^1] == _zeroByte ? tokens[..^1] : tokens;
    }

    /// <summary>Computes tokens from a position on; of the last one, what comes next.</summary>
    private int Compute(LLamaBatch batch, LLamaToken[] tokens, int past)
    {
        foreach (var part in tokens.Chunk((int)_context.BatchSize))
        {
            batch.Clear();
            for (var i = 0; i < part.Length; i++)
                batch.Add(part[i], past++, LLamaSeqId.Zero, logits: i == part.Length - 1);
            if (_context.Decode(batch) is not DecodeResult.Ok and var result)
                throw new InvalidOperationException($"llama.cpp could not compute {part.Length} tokens: {result}");
        }

        return past;
    }

    /// <summary>
    /// The conversation as the model's template has it. Of a turn's text the names of special tokens are left out: the library would take
    /// them for the tokens themselves.
    /// </summary>
    private string Render(IReadOnlyList<ChatTurn> turns)
    {
        var marked = turns.Select(t => t with { Text = MarkOf(t) + Clean(t.Text), Png = null }).ToList();
        return _template?.Render(marked, addAssistant: true) ?? string.Join('\n', marked.Select(t => t.Text));

        string Clean(string text)
        {
            text = text.Replace(PictureMark, "", StringComparison.Ordinal);
            return _template?.RemoveSpecialTokens(text) ?? text;
        }

        static string MarkOf(ChatTurn turn) => turn.Png is null ? "" : PictureMark + "\n";
    }

    private static List<RasterImage> PicturesOf(IReadOnlyList<ChatTurn> turns) =>
        [.. turns.Where(t => t.Png is not null).Select(t => ImageCodec.Decode(t.Png!.Value.Span, "picture"))];

    private static SafeMtmdEmbed ToEmbed(RasterImage picture)
    {
        var rgb = picture.Channels == 3 ? picture.Pixels : [.. picture.Pixels.SelectMany(shade => new[] { shade, shade, shade })];
        return SafeMtmdEmbed.FromRgbBytes((uint)picture.Width, (uint)picture.Height, rgb)
            ?? throw new InvalidOperationException($"libmtmd does not take a picture of {picture.Width} x {picture.Height}");
    }

    private static LLamaWeights LoadWeights(ModelParams parameters, string name)
    {
        try
        {
            return LLamaWeights.LoadFromFile(parameters);
        }
        catch (LLama.Exceptions.LoadWeightsFailedException error)
        {
            throw new InvalidDataException($"'{name}' is no GGUF file that llama.cpp can load", error);
        }
    }

    private static MtmdWeights LoadProjector(string path, LLamaWeights weights, LlamaJudgeOptions options, int threads)
    {
        var settings = MtmdContextParams.Default();
        settings.UseGpu = options.GpuLayers > 0;
        settings.NThreads = threads;
        settings.MediaMarker = PictureMark;
        settings.PrintTimings = false;
        MtmdWeights loaded;
        try
        {
            loaded = MtmdWeights.LoadFromFile(path, weights, settings);
        }
        catch (LLama.Exceptions.LoadWeightsFailedException error)
        {
            throw new InvalidDataException(
                $"'{options.ProjectorPath}' is no projector that llama.cpp can load beside '{options.ModelPath}'", error);
        }

        if (loaded.SupportsVision)
            return loaded;
        loaded.Dispose();
        throw new InvalidDataException($"'{options.ProjectorPath}' is a projector that takes no pictures");
    }
}
