using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Losses;

/// <summary>
/// GLoRIA's loss (Huang et al. 2021, equations 1 to 8): the contrast of whole images and whole reports, plus the contrast of words with the
/// regions that attend to them. All pairs of captions and images are computed in one set of matrix products. Where the authors' code
/// differs from the paper's text, the settings are those of the code.
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

    /// <summary>The settings by their names in a model card.</summary>
    public IReadOnlyDictionary<string, double> Settings =>
        new Dictionary<string, double>
        {
            ["attention"] = Attention,
            ["words"] = Words,
            ["matching"] = Matching,
            ["local"] = Local,
            ["global"] = Global,
        };

    /// <param name="images">[B, D].</param>
    /// <param name="reports">[B, D].</param>
    /// <param name="regions">[B, D, R].</param>
    /// <param name="words">[B, D, T]; what lies beyond a caption's words is not read.</param>
    /// <param name="counts">Words of each caption, 0 to T. A caption of none takes no part in the local terms, nor does its image.</param>
    /// <returns>A scalar.</returns>
    public Tensor Calculate(Tensor images, Tensor reports, Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        PairSimilarity.CheckShapes(images, reports);
        using var scope = NewDisposeScope();
        var whole = PairSimilarity.CosineMatrix(images, reports) * Matching;
        var loss = Global * SymmetricLoss(whole);
        long[] spoken = [.. Enumerable.Range(0, counts.Count).Where(i => counts[i] > 0).Select(i => (long)i)];
        if (spoken.Length > 0)
        {
            var rows = tensor(spoken);
            var longest = spoken.Max(i => counts[(int)i]);
            var matches = MatchScores(regions.index_select(0, rows), words.index_select(0, rows)[.., .., ..longest],
                [.. spoken.Select(i => counts[(int)i])]);
            loss = loss + Local * SymmetricLoss(matches * Matching);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>How well each image (row) matches each caption (column): log Σ exp(temp2 · cos(context, word)). [B, C]</summary>
    /// <param name="regions">[B, D, R].</param>
    /// <param name="words">[C, D, T].</param>
    /// <param name="counts">Words of each caption, 1 to T.</param>
    public Tensor MatchScores(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        return MergeByCaption(Cosines(regions, words, counts) * Words, counts, c => c.logsumexp(1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// As <see cref="MatchScores"/>, but by the best word of a caption alone, −1 to 1: the authors' comparison after training. [B, C]
    /// </summary>
    /// <inheritdoc cref="MatchScores"/>
    public Tensor BestWordScores(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        return MergeByCaption(Cosines(regions, words, counts), counts, c => c.amax([1])).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The average attention of the words of each caption over the regions of each image. [B, C, R], each a distribution over the regions.
    /// </summary>
    /// <inheritdoc cref="MatchScores"/>
    public Tensor WordAttention(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        using var scope = NewDisposeScope();
        var (overRegions, _, _) = Attend(regions, words, counts);
        return MergeByCaption(overRegions.transpose(1, 2), counts, c => c.mean([1])).MoveToOuterDisposeScope();
    }

    /// <summary>Of each word and its context in each image. [B, W]</summary>
    private Tensor Cosines(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        var (overRegions, similar, spoken) = Attend(regions, words, counts);
        var context = matmul(regions, overRegions); // [B, D, W]
        // The product of context and word is the word's own products with the regions, weighted in the same way.
        return (overRegions * similar).sum(1) / (PairSimilarity.L2Norm(context, 1) * PairSimilarity.L2Norm(spoken, 0)).squeeze(1);
    }

    /// <summary>The existing words of all captions side by side, without padding: one matrix product for each image.</summary>
    /// <returns>Attention and products [B, R, W], words [D, W].</returns>
    private (Tensor OverRegions, Tensor Similar, Tensor Spoken) Attend(Tensor regions, Tensor words, IReadOnlyList<int> counts)
    {
        var longest = words.shape[2];
        long[] places = [.. counts.SelectMany((count, caption) => Enumerable.Range(0, count).Select(word => caption * longest + word))];
        var spoken = words.permute(1, 0, 2).flatten(1).index_select(1, tensor(places)); // [D, W]
        var similar = matmul(regions.transpose(1, 2), spoken);
        var overWords = cat([.. similar.split([.. counts.Select(c => (long)c)], 2).Select(s => s.softmax(2))], 2);
        return ((overWords * Attention).softmax(1), similar, spoken);
    }

    /// <summary>[B, W, …] with the words of each caption made one: [B, C, …].</summary>
    private static Tensor MergeByCaption(Tensor words, IReadOnlyList<int> counts, Func<Tensor, Tensor> one) =>
        stack([.. words.split([.. counts.Select(c => (long)c)], 1).Select(one)], 1);

    private static Tensor SymmetricLoss(Tensor scores) =>
        PairSimilarity.MatchingLoss(scores) + PairSimilarity.MatchingLoss(scores.transpose(0, 1));
}
