namespace SynCxr.Mesh.Models.Text;

/// <summary>A piece of a text.</summary>
/// <param name="Id">Its id in the vocabulary.</param>
/// <param name="Start">Where in the text it begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Word">Number of the word that it belongs to, from 0; an added token is a word.</param>
public readonly record struct TextToken(int Id, int Start, int End, int Word);

/// <summary>What a text model is given for one text or pair. All lists have one length.</summary>
/// <param name="Ids">Ids, special tokens and padding included.</param>
/// <param name="TypeIds">0 for the first text, 1 for the second.</param>
/// <param name="Mask">1, and 0 for padding.</param>
/// <param name="Sources">The pieces of the texts; null for what was put around them.</param>
public sealed record TextRow(long[] Ids, long[] TypeIds, long[] Mask, TextToken?[] Sources)
{
    public int Length => Ids.Length;

    /// <summary>The row with padding behind it up to a length; as it is where it has that length.</summary>
    public TextRow PadTo(int length, int paddingId)
    {
        var missing = Math.Max(0, length - Length);
        return missing == 0 ? this : new TextRow([.. Ids, .. Enumerable.Repeat((long)paddingId, missing)],
            [.. TypeIds, .. new long[missing]], [.. Mask, .. new long[missing]], [.. Sources, .. new TextToken?[missing]]);
    }
}

/// <summary>A part of a template: one special token, or the pieces of a text.</summary>
/// <param name="SpecialId">The token; null for a text.</param>
/// <param name="IsSecond">True for the second text.</param>
internal readonly record struct TemplatePart(int? SpecialId, bool IsSecond, int TypeId);

/// <summary>What stands around the pieces: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
internal sealed record RowTemplate(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>BERT's, which DeBERTa shares.</summary>
    public static RowTemplate Bert(int start, int end) => new(
        [new(start, false, 0), new(null, false, 0), new(end, false, 0)],
        [new(start, false, 0), new(null, false, 0), new(end, false, 0), new(null, true, 1), new(end, false, 1)]);

    /// <summary>How many special tokens a row holds.</summary>
    public int CountSpecial(bool isPair) => (isPair ? Pair : Single).Count(part => part.SpecialId is not null);

    public TextRow Fill(IReadOnlyList<TextToken> first, IReadOnlyList<TextToken>? second)
    {
        var ids = new List<long>();
        var types = new List<long>();
        var sources = new List<TextToken?>();
        foreach (var part in second is null ? Single : Pair)
        {
            if (part.SpecialId is { } special)
                Add(special, null, part.TypeId);
            else
            {
                foreach (var token in part.IsSecond ? second! : first)
                    Add(token.Id, token, part.TypeId);
            }
        }
        return new TextRow([.. ids], [.. types], [.. Enumerable.Repeat(1L, ids.Count)], [.. sources]);

        void Add(int id, TextToken? source, int type)
        {
            ids.Add(id);
            types.Add(type);
            sources.Add(source);
        }
    }
}
