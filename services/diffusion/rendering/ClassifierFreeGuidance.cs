namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>
/// Classifier-free guidance (Ho and Salimans 2022), from the prediction without the prompt through the prompt's own, and its rescaling
/// (Lin et al. 2024, section 3.4), all in single precision:
/// <code>
/// g = u + scale (p - u)
/// g' = rescale g std(p) / std(g) + (1 - rescale) g
/// </code>
/// std is the standard deviation over channels and pixels, with n - 1.
/// </summary>
internal static class ClassifierFreeGuidance
{
    /// <param name="prediction">The prompt's own prediction [C, h, w]; the guided one takes its place.</param>
    /// <param name="unconditional">The prediction without the prompt, or for the negative one.</param>
    /// <param name="scale">1 is the prompt's own prediction.</param>
    /// <param name="rescale">0 is none, 1 gives the guided prediction the prompt's standard deviation.</param>
    public static void Apply(Span<float> prediction, ReadOnlySpan<float> unconditional, float scale, float rescale)
    {
        var own = rescale > 0 ? DeviationOf(prediction) : 0;
        for (var i = 0; i < prediction.Length; i++)
            prediction[i] = unconditional[i] + (scale * (prediction[i] - unconditional[i]));
        if (rescale <= 0)
            return;
        var ratio = own / DeviationOf(prediction);
        for (var i = 0; i < prediction.Length; i++)
            prediction[i] = (rescale * (prediction[i] * ratio)) + ((1 - rescale) * prediction[i]);
    }

    // The sums are in double precision: in single precision they would round the more, the larger the latent is.
    private static float DeviationOf(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (var value in values)
            sum += value;
        var mean = sum / values.Length;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        return (float)Math.Sqrt(squares / (values.Length - 1));
    }
}
