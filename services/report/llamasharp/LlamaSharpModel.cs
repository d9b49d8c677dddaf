using System.Runtime.CompilerServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Sampling;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.Llama;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>A GGUF model in this process, through LLamaSharp over llama.cpp.</summary>
internal sealed class LlamaSharpModel : IChatModel
{
    private readonly LlamaSharpOptions _options;
    private readonly LLamaWeights _weights;
    private readonly LlamaPromptTokenizer _tokenizer;
    private readonly LlamaEngine _engine;

    private LlamaSharpModel(LlamaSharpOptions options, string sha256, LLamaWeights weights, ModelParams parameters, ILogger logger)
    {
        (_options, _weights) = (options, weights);
        _tokenizer = new LlamaPromptTokenizer(weights.NativeHandle);
        _engine = new LlamaEngine(weights, parameters, options, logger);
        Settings = FormattableString.Invariant(
            $"""
            weights {sha256}
            temperature {options.Temperature} top_k {options.TopK} top_p {options.TopP} min_p {options.MinP}
            repeat_penalty {options.RepeatPenalty} max_tokens {options.MaxTokens} grammar {options.Grammar}
            context {options.ContextSize} flash_attention {options.FlashAttention} gpu_layers {options.GpuLayers}
            """);
    }

    public string Name => LlamaModelFile.NameOf(_options.ModelPath);

    public string Settings { get; }

    public int Concurrency => _options.Concurrency;

    /// <summary>What the file says of itself, by GGUF's keys.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    public bool TakesGrammar => _options.Grammar == LlamaGrammarNames.Frames;

    /// <summary>The settings as the library takes them. Each answer has its own part of the context.</summary>
    public static ModelParams ToParameters(LlamaSharpOptions options)
    {
        var threads = options.Threads > 0 ? options.Threads : FreeProcessorCounter.Count();
        return new ModelParams(options.ModelPath)
        {
            ContextSize = (uint)(options.ContextSize * options.Concurrency),
            SeqMax = (uint)options.Concurrency,
            KVUnified = false,
            GpuLayerCount = options.GpuLayers,
            FlashAttention = options.FlashAttention,
            Threads = threads,
            BatchThreads = threads,
        };
    }

    /// <summary>Loads the weights of a model.</summary>
    /// <param name="sha256">Digest of the file, lower-case hex.</param>
    /// <exception cref="InvalidDataException">The file is none that llama.cpp reads, or the settings do not fit it.</exception>
    public static LlamaSharpModel Load(LlamaSharpOptions options, string sha256, ILogger logger)
    {
        LlamaNativeLog.SendTo(logger);
        var parameters = ToParameters(options);
        LLamaWeights weights;
        try
        {
            weights = LLamaWeights.LoadFromFile(parameters);
        }
        catch (LLama.Exceptions.LoadWeightsFailedException error)
        {
            throw new InvalidDataException($"'{options.ModelPath}' is no GGUF file that llama.cpp can load: it is cut short, "
                + "a projector, or of a kind that this build does not know", error);
        }

        try
        {
            if (options.ContextSize > weights.ContextSize)
            {
                throw new InvalidDataException($"Report:LlamaSharp:ContextSize is {options.ContextSize}, more than the "
                    + $"{weights.ContextSize} tokens that the model was trained for");
            }

            return new LlamaSharpModel(options, sha256, weights, parameters, logger);
        }
        catch (InvalidDataException error)
        {
            weights.Dispose();
            throw new InvalidDataException($"'{options.ModelPath}' can't be used: {error.Message}", error);
        }
    }

    public async IAsyncEnumerable<AnswerPiece> AnswerAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var prompt = _tokenizer.Tokenize(request.Turns);
        if (prompt.Length + 1 >= _options.ContextSize)
        {
            yield return new AnswerPiece("")
            {
                Fault = new AnswerFault(AnswerFaultNames.Context,
                    $"has no room: the conversation has {prompt.Length} tokens, the context {_options.ContextSize}"),
            };
            yield break;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation); // by a reader that goes away, too
        try
        {
            var answer = new LlamaAnswer(prompt, CreateSampler(request), NewDecoder(), ended.Token);
            _engine.Add(answer);
            await foreach (var piece in answer.Pieces.ReadAllAsync(cancellation))
                yield return piece;
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _weights.Dispose();
    }

    // The form check must see special tokens.
    private StreamingTokenDecoder NewDecoder() => new(Encoding.UTF8, _weights) { DecodeSpecialTokens = true };

    private BaseSamplingPipeline CreateSampler(ChatRequest request)
    {
        var grammar = request.Grammar is { } gbnf ? new global::LLama.Sampling.Grammar(gbnf, "root") : null;
        return _options.Temperature == 0 ? new GreedySamplingPipeline { Grammar = grammar } : new DefaultSamplingPipeline
        {
            Temperature = (float)_options.Temperature,
            TopK = _options.TopK,
            TopP = (float)_options.TopP,
            MinP = (float)_options.MinP,
            RepeatPenalty = (float)_options.RepeatPenalty,
            Seed = (uint)request.Seed,
            Grammar = grammar,
        };
    }
}
