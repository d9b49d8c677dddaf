using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>Images as vectors in the space that they share with texts.</summary>
/// <param name="Embeddings">[B, D].</param>
/// <param name="Regions">[B, D, h, w]: the same for each region of the image; null unless asked for.</param>
public sealed record ImageEmbeddings(Tensor Embeddings, Tensor? Regions);

/// <summary>Texts as vectors in the space that they share with images.</summary>
/// <param name="Embeddings">[B, D].</param>
/// <param name="Words">[B, D, W], zeros after a text's last word; null for a method that only embeds whole texts.</param>
/// <param name="WordCounts">Words of each text.</param>
public sealed record TextEmbeddings(Tensor Embeddings, Tensor? Words, IReadOnlyList<int> WordCounts);

/// <summary>Texts as the text encoder reads them.</summary>
/// <param name="Ids">i64 [B, T], padded with 0.</param>
/// <param name="Mask">bool [B, T], true where there is a token.</param>
/// <param name="WordMembership">[B, W, T]: 1 where token t is a piece of word w; [CLS], [SEP] and padding are pieces of none.</param>
/// <param name="WordCounts">Words of each text.</param>
public sealed record TokenBatch(Tensor Ids, Tensor Mask, Tensor WordMembership, IReadOnlyList<int> WordCounts)
{
    /// <summary>Pads texts to the longest.</summary>
    public static TokenBatch Pad(IReadOnlyList<Tokenizer.WordPieceTokens> texts)
    {
        var rows = texts.Count;
        var longest = texts.Max(t => t.Ids.Length);
        var words = Math.Max(1, texts.Max(t => t.WordCount));
        var ids = new long[rows * longest];
        var mask = new bool[rows * longest];
        var merge = new float[rows * words * longest];
        for (var row = 0; row < rows; row++)
        {
            for (var t = 0; t < texts[row].Ids.Length; t++)
            {
                (ids[row * longest + t], mask[row * longest + t]) = (texts[row].Ids[t], true);
                if (texts[row].WordIndices[t] is >= 0 and var word)
                    merge[(row * words + word) * longest + t] = 1;
            }
        }

        return new TokenBatch(tensor(ids, [rows, longest]), tensor(mask, [rows, longest]), tensor(merge, [rows, words, longest]),
            [.. texts.Select(t => t.WordCount)]);
    }
}
