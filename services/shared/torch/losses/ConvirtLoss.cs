using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Losses;

/// <summary>
/// ConVIRT's loss (Zhang et al. 2022, equations 2 to 4): each image must pick its report among those of the batch, and each report its
/// image.
/// </summary>
/// <param name="Temperature">τ, above 0.</param>
/// <param name="ImageToText">Weight of image to report; the paper's λ.</param>
/// <param name="TextToImage">Weight of report to image; the paper's 1 − λ.</param>
public sealed record ConvirtLoss(double Temperature, double ImageToText, double TextToImage)
{
    /// <summary>The paper's settings.</summary>
    public static ConvirtLoss Paper { get; } = new(0.1, 0.75, 0.25);

    /// <summary>The plain sum at τ = 0.07, as in MGCA (Wang et al. 2022), which later comparisons took over.</summary>
    public static ConvirtLoss Mgca { get; } = new(0.07, 1, 1);

    /// <summary>The settings by their names in a model card.</summary>
    public IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["temperature"] = Temperature,
        ["image_to_text"] = ImageToText,
        ["text_to_image"] = TextToImage,
    };

    /// <param name="images">[B, D], of any length but 0.</param>
    /// <param name="reports">[B, D], row i belongs to image i.</param>
    /// <returns>A scalar, the mean over the batch.</returns>
    public Tensor Calculate(Tensor images, Tensor reports)
    {
        PairSimilarity.CheckShapes(images, reports);
        using var scope = NewDisposeScope();
        var similar = PairSimilarity.CosineMatrix(images, reports) / Temperature; // [B, B]
        return (ImageToText * PairSimilarity.MatchingLoss(similar) + TextToImage * PairSimilarity.MatchingLoss(similar.transpose(0, 1)))
            .MoveToOuterDisposeScope();
    }
}

/// <summary>Similarities within a batch of pairs, shared by both losses.</summary>
internal static class PairSimilarity
{
    /// <exception cref="ArgumentException">The two must be matrices of the same shape.</exception>
    public static void CheckShapes(Tensor images, Tensor reports)
    {
        if (images.dim() != 2 || !images.shape.SequenceEqual(reports.shape))
            throw new ArgumentException(
                $"Images of shape [{string.Join(", ", images.shape)}] and reports of shape [{string.Join(", ", reports.shape)}] "
                    + "must have the same shape [B, D]");
    }

    /// <summary>Cosines of every row with every row. [B, B]</summary>
    public static Tensor CosineMatrix(Tensor a, Tensor b) => matmul(L2Normalise(a, 1), L2Normalise(b, 1).transpose(0, 1));

    /// <summary>To length 1 along <paramref name="dim"/>.</summary>
    public static Tensor L2Normalise(Tensor x, long dim) => x / L2Norm(x, dim);

    /// <summary>Along <paramref name="dim"/>, which stays with size 1.</summary>
    public static Tensor L2Norm(Tensor x, long dim) => x.square().sum([dim], keepdim: true).clamp_min(1e-16).sqrt();

    /// <summary>Mean cross-entropy of picking, in each row, the partner of the same number.</summary>
    public static Tensor MatchingLoss(Tensor scores) => functional.cross_entropy(scores, arange(scores.shape[0], dtype: ScalarType.Int64));
}
