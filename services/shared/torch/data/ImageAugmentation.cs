using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Torch.Data;

/// <summary>Geometry and tone on square float images in 0..1.</summary>
public static class ImageAugmentation
{
    /// <summary>
    /// Varies an image as two exposures of one chest differ: by up to 3 pixels, 5 degrees, 5 % of size, 15 % of contrast, 8 % of brightness
    /// and a little noise. Never mirrored, because the heart is on one side.
    /// </summary>
    public static float[] VaryLightly(float[] image, int side, RandomSource random)
    {
        var turned = Warp(image, side, random.NextDouble(-5, 5), random.NextDouble(0.95, 1.05), random.NextDouble(-3, 3),
            random.NextDouble(-3, 3));
        var contrast = random.NextDouble(0.87, 1.15);
        var shift = random.NextDouble(-0.08, 0.08);
        var noise = random.NextDouble(0, 0.015);
        for (var i = 0; i < turned.Length; i++)
            turned[i] = ClampToUnit((turned[i] - 0.5) * contrast + 0.5 + shift + noise * random.NextNormal());
        return turned;
    }

    /// <summary>
    /// As <see cref="VaryLightly"/> but quicker, a little wider and without noise: 5 degrees, 10 % of size, 5 % of the side, 20 % of
    /// contrast, 10 % of brightness.
    /// </summary>
    /// <param name="from">8-bit gray, a square.</param>
    /// <param name="to">In 0..1.</param>
    public static void VaryExposure(ReadOnlySpan<byte> from, Span<float> to, int side, RandomSource random)
    {
        var angle = random.NextDouble(-5, 5) * Math.PI / 180;
        var scale = random.NextDouble(0.9, 1.1);
        var middle = (side - 1) / 2f;
        var (cos, sin) = ((float)(Math.Cos(angle) / scale), (float)(Math.Sin(angle) / scale));
        var (dx, dy) = ((float)(random.NextDouble(-0.05, 0.05) * side), (float)(random.NextDouble(-0.05, 0.05) * side));
        var contrast = (float)random.NextDouble(0.8, 1.2);
        var gain = contrast / 255f;
        var level = 0.5f - 0.5f * contrast + (float)random.NextDouble(-0.1, 0.1);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var (u, v) = (x - middle - dx, y - middle - dy);
                var sx = Math.Clamp(cos * u + sin * v + middle, 0, side - 1);
                var sy = Math.Clamp(cos * v - sin * u + middle, 0, side - 1);
                var (x0, y0) = ((int)sx, (int)sy);
                var fx = sx - x0;
                var fy = sy - y0;
                var at = y0 * side + x0;
                var next = x0 + 1 < side ? 1 : 0;
                var below = y0 + 1 < side ? at + side : at;
                var top = from[at] + (from[at + next] - from[at]) * fx;
                var bottom = from[below] + (from[below + next] - from[below]) * fx;
                to[y * side + x] = Math.Clamp((top + (bottom - top) * fy) * gain + level, 0, 1);
            }
        }
    }

    /// <summary>8-bit gray as numbers in 0..1.</summary>
    public static void ToUnitRange(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = from[i] / 255f;
    }

    /// <summary>Turns by degrees about the middle, scales, then moves; bilinear, edges repeated unless <paramref name="black"/>.</summary>
    public static float[] Warp(float[] image, int side, double degrees, double scale, double dx, double dy, bool black = false)
    {
        var result = new float[image.Length];
        var cos = Math.Cos(degrees * Math.PI / 180) / scale;
        var sin = Math.Sin(degrees * Math.PI / 180) / scale;
        var middle = (side - 1) / 2.0;
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var (u, v) = (x - middle - dx, y - middle - dy);
                var sx = cos * u + sin * v + middle;
                var sy = cos * v - sin * u + middle;
                result[y * side + x] = black && (sx < -0.5 || sy < -0.5 || sx > side - 0.5 || sy > side - 0.5)
                    ? 0 : SampleBilinear(image, side, sx, sy);
            }
        }

        return result;
    }

    /// <summary>Gaussian blur, separable, edges repeated.</summary>
    public static float[] GaussianBlur(float[] image, int side, double sigma)
    {
        var radius = (int)Math.Ceiling(3 * sigma);
        var kernel = Enumerable.Range(-radius, 2 * radius + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma))).ToArray();
        var sum = kernel.Sum();
        for (var k = 0; k < kernel.Length; k++)
            kernel[k] /= sum;
        return Convolve(Convolve(image, side, kernel, 1, side), side, kernel, side, 1);
    }

    /// <summary>Along lines whose pixels lie <paramref name="step"/> apart, one line every <paramref name="next"/>.</summary>
    private static float[] Convolve(float[] image, int side, double[] kernel, int step, int next)
    {
        var result = new float[image.Length];
        var radius = kernel.Length / 2;
        for (var line = 0; line < side; line++)
        {
            for (var at = 0; at < side; at++)
            {
                var value = 0.0;
                for (var k = -radius; k <= radius; k++)
                    value += kernel[k + radius] * image[line * next + Math.Clamp(at + k, 0, side - 1) * step];
                result[line * next + at * step] = (float)value;
            }
        }

        return result;
    }

    public static float ClampToUnit(double value) => (float)Math.Clamp(value, 0, 1);

    public static float SampleBilinear(float[] image, int side, double x, double y)
    {
        (x, y) = (Math.Clamp(x, 0, side - 1), Math.Clamp(y, 0, side - 1));
        var (x0, y0) = ((int)x, (int)y);
        var x1 = Math.Min(x0 + 1, side - 1);
        var y1 = Math.Min(y0 + 1, side - 1);
        var (fx, fy) = (x - x0, y - y0);
        return (float)((image[y0 * side + x0] * (1 - fx) + image[y0 * side + x1] * fx) * (1 - fy)
            + (image[y1 * side + x0] * (1 - fx) + image[y1 * side + x1] * fx) * fy);
    }
}
