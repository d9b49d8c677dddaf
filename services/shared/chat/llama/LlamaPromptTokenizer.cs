using System.Globalization;
using System.Text;
using LLama;
using LLama.Native;

namespace SynCxr.Mesh.Chat.Llama;

/// <summary>
/// Turns a conversation into tokens by the model's own chat template, as llama.cpp reads it: it runs no Jinja, it knows the template by its
/// look. What a turn says is text: the name of a special token in it is not that token.
/// </summary>
public sealed class LlamaPromptTokenizer
{
    private readonly SafeLlamaModelHandle _model;
    private readonly string[] _specialTokens;

    /// <exception cref="InvalidDataException">The file has no chat template, or none that llama.cpp knows.</exception>
    public LlamaPromptTokenizer(SafeLlamaModelHandle model)
    {
        _model = model;
        _specialTokens = [.. FindSpecialTokens(model)];
        try
        {
            Render([new ChatTurn("system", "s"), new ChatTurn("user", "u")], addAssistant: true);
        }
        catch (Exception error) when (error is LLama.Exceptions.MissingTemplateException or LLama.Exceptions.TemplateNotFoundException)
        {
            throw new InvalidDataException("it has no chat template (tokenizer.chat_template), or none that llama.cpp knows", error);
        }
    }

    /// <summary>The conversation as the template has it, with the opening of the answer where it is asked for.</summary>
    public string Render(IReadOnlyList<ChatTurn> turns, bool addAssistant)
    {
        var template = new LLamaTemplate(_model) { AddAssistant = addAssistant };
        foreach (var turn in turns)
            template.Add(turn.Role, turn.Text);
        return Encoding.UTF8.GetString(template.Apply());
    }

    /// <summary>The tokens of a conversation, up to where the answer begins.</summary>
    public LLamaToken[] Tokenize(IReadOnlyList<ChatTurn> turns)
    {
        if (!turns.Any(HoldsSpecialToken))
            return Read(Render(turns, addAssistant: true), isFirst: true, isText: false);
        // Such a turn is tokenized by itself, as text; the template is rendered around a mark in its place.
        var marks = turns.Select((t, i) => HoldsSpecialToken(t) ? string.Create(CultureInfo.InvariantCulture, $"\uE000{i}\uE001") : t.Text);
        var rendered = Render([.. turns.Zip(marks, (turn, mark) => turn with { Text = mark })], addAssistant: true);
        var tokens = new List<LLamaToken>();
        for (var at = 0; at < rendered.Length;)
        {
            var start = rendered.IndexOf('\uE000', at);
            var end = start < 0 ? rendered.Length : start;
            if (end > at)
                tokens.AddRange(Read(rendered[at..end], isFirst: at == 0, isText: false));
            if (start < 0)
                break;
            var close = rendered.IndexOf('\uE001', start);
            tokens.AddRange(Read(turns[int.Parse(rendered.AsSpan(start + 1, close - start - 1), CultureInfo.InvariantCulture)].Text,
                isFirst: false, isText: true));
            at = close + 1;
        }

        return [.. tokens];
    }

    private static IEnumerable<string> FindSpecialTokens(SafeLlamaModelHandle model)
    {
        var vocabulary = model.Vocab;
        for (var i = 0; i < vocabulary.Count; i++)
        {
            LLamaToken token = i;
            if ((token.GetAttributes(vocabulary) & (LLamaTokenAttr.Control | LLamaTokenAttr.UserDefined)) != 0
                && vocabulary.LLamaTokenToString(token, isSpecialToken: true) is { Length: > 0 } text)
                yield return text;
        }
    }

    /// <summary>A text without the names of special tokens, for a reader that would take them for the tokens themselves.</summary>
    public string RemoveSpecialTokens(string text) =>
        _specialTokens.Aggregate(text, (left, token) => left.Replace(token, "", StringComparison.Ordinal));

    private bool HoldsSpecialToken(ChatTurn turn) => turn.Text.AsSpan().ContainsAny('\uE000', '\uE001')
        || _specialTokens.Any(token => turn.Text.Contains(token, StringComparison.Ordinal));

    private LLamaToken[] Read(string text, bool isFirst, bool isText) =>
        _model.Tokenize(text, addBos: isFirst, special: !isText, Encoding.UTF8);
}
