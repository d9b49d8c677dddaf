using System.Runtime.CompilerServices;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>
/// The entity check <c>ner</c>, engine <c>onnx-ner</c>: a token classifier says of each sentence what is a finding, whether it is there,
/// and what is a place; the vocabulary only says which entity a wording is.
/// </summary>
internal sealed class NerCheck : IEntityCheck, IDisposable
{
    private const string EngineName = "onnx-ner";
    private readonly NerModel _model;
    private readonly SpanFinder _spans;
    private readonly bool _reportsUnlinked;
    private readonly ConditionalWeakTable<IReadOnlyList<Entity>, LexiconTagger> _taggers = [];

    private NerCheck(ModelFolder folder, NerModel model, NerOptions options, TextModelOptions models)
    {
        var settings = models.SessionOptions;
        _model = model;
        _spans = new SpanFinder(model, options.Aggregation, options.Stride, new RowSliceRunner(settings));
        _reportsUnlinked = options.Unlinked == UnlinkedNames.Extra;
        Version = $"{folder.Card.Name} {folder.Card.Version}";
        Digest = Sha256Digest.HexOf(string.Join('\n', folder.Digest, options.Aggregation, options.Stride, options.Unlinked,
            new LexiconCheck().Digest));
        Deterministic = settings.ExecutionProvider == ExecutionProviderNames.Cpu;
        Fingerprint = EngineFingerprint.Describe(settings);
        Licence = folder.Card.Licence;
        Attribution = folder.Card.Attribution;
    }

    public string Name => EntityCheckNames.Ner;

    /// <summary>Name and version of the model.</summary>
    public string Version { get; }

    public string Digest { get; }

    public bool Deterministic { get; }

    public string Engine => EngineName;

    public string Fingerprint { get; }

    public string Licence { get; }

    public IReadOnlyList<string> Attribution { get; }

    /// <summary>The check that the settings describe; null where they name no model.</summary>
    /// <exception cref="MeshException">INVALID_FIELD names the setting, the file and the key that is wrong.</exception>
    public static NerCheck? Create(NerOptions options, TextModelOptions models)
    {
        if (options.Model.Length == 0)
            return null;
        try
        {
            var folder = ModelFolder.Open(models.Resolve(options.Model));
            if (folder.Card.Kind != ModelKindNames.EntityCheck)
                throw new InvalidDataException($"{folder.Path}: The model must be of the kind {ModelKindNames.EntityCheck}, not "
                    + $"{folder.Card.Kind}.");
            var model = NerModel.Load(folder.Path, models.SessionOptions);
            if (options.Stride < model.MostTokens - model.Tokenizer.CountSpecial(isPair: false))
                return new NerCheck(folder, model, options, models);
            model.Dispose();
            throw new InvalidDataException(
                $"Report:Ner:Stride is {options.Stride}, and a window of the model holds {model.MostTokens} tokens.");
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"{NerOptions.Section}:{nameof(NerOptions.Model)}", error.Message);
        }
    }

    public async ValueTask<IReadOnlyList<Mention>> TagAsync(string text, IReadOnlyList<Entity> glossary, CancellationToken cancellation)
    {
        var tagger = glossary.Count == 0 ? LexiconTagger.Shipped : _taggers.GetValue(glossary, g => new LexiconTagger(g));
        var linker = new SpanLinker(_model.Types, glossary, _reportsUnlinked);
        var found = new List<Mention>();
        foreach (var (index, (tokens, wordings)) in tagger.TagSentences(text).Index())
        {
            var (start, end) = (tokens[0].Start, tokens[^1].End);
            if (end < text.Length && text[end] == '.')
                end++;
            var spans = await _spans.FindAsync(text[start..end], cancellation);
            found.AddRange(linker.Link(text, [.. spans.Select(span => span with { Start = span.Start + start, End = span.End + start })],
                wordings, index));
        }
        return found;
    }

    public void Dispose() => _model.Dispose();
}
