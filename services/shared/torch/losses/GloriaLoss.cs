using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Losses;

/// <summary>
/// GLoRIA's loss (Huang et al. 2021, equations 1 to 8): the contrast of whole images and whole reports, plus the contrast of words with
/// the regions that attend to them. All captions meet all images in one set of matrix products; the settings are those of the authors'
/// code, where they differ from the paper's text.
/// </summary>
/// <param name="Attention">temp1: sharpness of a word's attention over the regions.</param>
/// <param name="Words">temp2: how much the best word of a caption counts above the others.</param>
/// <param name="Matching">temp3: sharpness of the contrast, local and global.</param>
/// <param name="Local">Weight of the local terms.</param>
/// <param name="Global">Weight of the global terms.</param>
public sealed record GloriaLoss(double Attention, double Words, double Matching, double Local, double Global)
{
    /// <summary>The authors' settings.</summary>
    public static GloriaLoss Paper { get; } = new(4, 5, 10, 1, 1);

    /// <summary>As a model card spells them.</summary>
    public IReadOnlyDictionary<string, double> Settings =>
        new Dictionary<string, double> { ["attention"] = Attention, ["words"] = Words, ["matching"] = Matching, ["local"] = Local, ["global"] = Global };

    /// <param name="images">[B, D].</param>
    /// <param name="reports">[B, D].</param>
    /// <param name="regions">[B, D, R].</param>
    /// <param name="words">[B, D, T]; what lies beyond a caption's words is not read.</param>
    /// <param name="counts">Words of each caption, 0 to T. A caption of none takes no part in the local terms, nor does its image.</param>
    /// <returns>A scalar.</returns>
    public Tensor Of(Tensor images, Tensor reports, Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        Pairs.Check(images, reports);
        using var scope = NewDisposeScope();
        var whole = Pairs.Cosine(images, reports) * Matching;
        var loss = Global * BothWays(whole);
        long[] spoken = [.. Enumerable.Range(0, counts.Count).Where(i => counts[i] > 0).Select(i => (long)i)];
        if (spoken.Length > 0)
        {
            var (rows, longest) = (tensor(spoken), spoken.Max(i => counts[(int)i]));
            var matches = Matches(regions.index_select(0, rows), words.index_select(0, rows)[.., .., ..longest], [.. spoken.Select(i => counts[(int)i])]);
            loss = loss + Local * BothWays(matches * Matching);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>How well each image (row) matches each caption (column): log Σ exp(temp2 · cos(context, word)). [B, C]</summary>
    /// <param name="regions">[B, D, R].</param>
    /// <param name="words">[C, D, T].</param>
    /// <param name="counts">Words of each caption, 1 to T.</param>
    public Tensor Matches(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        var (cosine, silent) = Cosines(regions, words, counts);
        return (cosine * Words).masked_fill(silent, double.NegativeInfinity).logsumexp(2).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Matches"/>, by the best word of a caption alone, −1 to 1: how the authors compare after training. 0 for a caption without words. [B, C]</summary>
    public Tensor BestWords(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        var (cosine, silent) = Cosines(regions, words, [.. counts.Select(c => Math.Max(1, c))]);
        return cosine.masked_fill(silent, -1).amax([2]).MoveToOuterDisposeScope();
    }

    /// <summary>What each word of each caption looks at in each image. [B, C, T, R], each a distribution over the regions.</summary>
    /// <inheritdoc cref="Matches"/>
    public Tensor Look(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        return Attend(regions, words, counts).OverRegions.permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    private (Tensor Cosine, Tensor Silent) Cosines(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        var (overRegions, flat, silent) = Attend(regions, words, counts);
        var context = matmul(regions, overRegions.flatten(2)); // [B, D, C·T]
        return ((Pairs.Unit(context, 1) * Pairs.Unit(flat, 0)).sum(1).view(regions.shape[0], words.shape[0], words.shape[2]), silent); // [B, C, T]
    }

    private (Tensor OverRegions, Tensor Flat, Tensor Silent) Attend(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        var (images, captions, width, longest) = (regions.shape[0], words.shape[0], words.shape[1], words.shape[2]);
        var silent = arange(longest).unsqueeze(0) >= tensor([.. counts.Select(c => (long)c)]).unsqueeze(1); // [C, T]
        // All words of all captions side by side: one product an image.
        var flat = words.permute(1, 0, 2).reshape(width, captions * longest); // [D, C·T]
        var similar = matmul(regions.transpose(1, 2), flat).view(images, -1, captions, longest); // [B, R, C, T]
        var overWords = similar.masked_fill(silent, double.NegativeInfinity).softmax(3);
        return ((overWords * Attention).softmax(1), flat, silent); // [B, R, C, T]
    }

    private static Tensor BothWays(Tensor scores) => Pairs.Match(scores) + Pairs.Match(scores.transpose(0, 1));
}
