namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// The guidance scale as the input <c>timestep_cond</c> of a distilled network (Meng et al. 2023; Luo et al. 2023, Latent Consistency
/// Models): half sines, half cosines of 1000 (w − 1) at falling frequencies, as diffusers' <c>get_guidance_scale_embedding</c> has them.
/// </summary>
internal static class GuidanceEmbedding
{
    /// <param name="guidance">The scale w of classifier-free guidance; 1 is none.</param>
    /// <param name="width">Elements of the embedding.</param>
    public static float[] Compute(double guidance, int width)
    {
        var embedding = new float[width]; // an odd last element stays 0
        var half = width / 2;
        var scale = (float)((guidance - 1) * 1000);
        var step = MathF.Log(10000f) / (half - 1);
        for (var i = 0; i < half; i++)
        {
            var angle = scale * MathF.Exp(-step * i);
            embedding[i] = MathF.Sin(angle);
            embedding[half + i] = MathF.Cos(angle);
        }
        return embedding;
    }
}
