namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Area-average resize: each target pixel is the mean of the source area that it covers. Sides are stretched independently.
/// </summary>
public static class ImageResizer
{
    /// <summary>Resizes, in double arithmetic of a fixed order; halves round up.</summary>
    public static GrayImage ResizeByArea(GrayImage image, int width, int height)
    {
        if (width == image.Width && height == image.Height)
            return image;
        var across = Spans(image.Width, width);
        var down = Spans(image.Height, height);
        var narrowed = new double[width * image.Height];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var sum = 0.0;
                var (first, weights) = across[x];
                for (var k = 0; k < weights.Length; k++)
                    sum += weights[k] * image[first + k, y];
                narrowed[(y * width) + x] = sum;
            }
        }

        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            var (first, weights) = down[y];
            for (var x = 0; x < width; x++)
            {
                var sum = 0.0;
                for (var k = 0; k < weights.Length; k++)
                    sum += weights[k] * narrowed[((first + k) * width) + x];
                pixels[(y * width) + x] = (byte)Math.Clamp(Math.Floor(sum + 0.5), 0, 255);
            }
        }

        return new GrayImage(width, height, pixels);
    }

    /// <summary>For each target pixel the first source pixel and the weights, which sum to one. Overlaps are counted in integers.</summary>
    private static (int First, double[] Weights)[] Spans(int source, int target)
    {
        var spans = new (int, double[])[target];
        for (var t = 0; t < target; t++)
        {
            // In units of 1/target of a source pixel, target pixel t covers [t * source, (t + 1) * source).
            long start = (long)t * source, end = start + source;
            var first = (int)(start / target);
            var last = (int)((end - 1) / target);
            var weights = new double[last - first + 1];
            for (var s = first; s <= last; s++)
                weights[s - first] = (Math.Min(end, ((long)s + 1) * target) - Math.Max(start, (long)s * target)) / (double)source;
            spans[t] = (first, weights);
        }

        return spans;
    }
}
