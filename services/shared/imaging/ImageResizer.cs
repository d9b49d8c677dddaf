namespace SynCxr.Mesh.Imaging;

/// <summary>Resizes images. Sides are stretched independently, in double arithmetic of a fixed order; halves round up.</summary>
public static class ImageResizer
{
    /// <summary>Keys' cubic convolution (1981, equation 4) with this parameter is what image libraries call bicubic.</summary>
    private const double CubicParameter = -0.5;

    /// <summary>
    /// For pictures: a side that shrinks by area, so that no pixel is lost; one that grows by bicubic interpolation, so that no blocks
    /// appear.
    /// </summary>
    public static GrayImage Resize(GrayImage image, int width, int height) =>
        Resize(image, width, height, (source, target) => target > source ? CubicSpans(source, target) : AreaSpans(source, target));

    /// <summary>
    /// In the middle of a black square, with its proportions kept: the longer side gets <paramref name="side"/> pixels, the other one its
    /// share of them, 1 at least.
    /// </summary>
    public static GrayImage ResizeIntoSquare(GrayImage image, int side)
    {
        var longer = Math.Max(image.Width, image.Height);
        var inner = Resize(image, ShareOf(image.Width), ShareOf(image.Height));
        if (inner.Width == side && inner.Height == side)
            return inner;
        var square = GrayImage.Filled(side, side, 0);
        var (left, top) = ((side - inner.Width) / 2, (side - inner.Height) / 2);
        for (var y = 0; y < inner.Height; y++)
            Array.Copy(inner.Pixels, y * inner.Width, square.Pixels, ((top + y) * side) + left, inner.Width);
        return square;

        int ShareOf(int length) => Math.Max(1, (int)((((long)length * side) + (longer / 2)) / longer));
    }

    /// <summary>For masks, and whatever may have no value that the source lacks: each target pixel is the mean of the area that it
    /// covers.</summary>
    public static GrayImage ResizeByArea(GrayImage image, int width, int height) => Resize(image, width, height, AreaSpans);

    private static GrayImage Resize(GrayImage image, int width, int height, Func<int, int, (int First, double[] Weights)[]> spans)
    {
        if (width == image.Width && height == image.Height)
            return image;
        var across = spans(image.Width, width);
        var down = spans(image.Height, height);
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
    private static (int First, double[] Weights)[] AreaSpans(int source, int target)
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

    /// <summary>The same for bicubic: four source pixels around each target pixel's centre; at the edges those that there are.</summary>
    private static (int First, double[] Weights)[] CubicSpans(int source, int target)
    {
        var spans = new (int, double[])[target];
        for (var t = 0; t < target; t++)
        {
            var centre = (t + 0.5) * source / target;
            var first = Math.Max(0, (int)Math.Floor(centre - 0.5) - 1);
            var last = Math.Min(source - 1, (int)Math.Floor(centre - 0.5) + 2);
            var weights = Enumerable.Range(first, last - first + 1).Select(s => Cubic(Math.Abs(s + 0.5 - centre))).ToArray();
            var sum = weights.Sum();
            spans[t] = (first, Array.ConvertAll(weights, w => w / sum));
        }

        return spans;
    }

    private static double Cubic(double x) => x switch
    {
        < 1 => ((((CubicParameter + 2) * x) - (CubicParameter + 3)) * x * x) + 1,
        < 2 => CubicParameter * (((((x - 5) * x) + 8) * x) - 4),
        _ => 0,
    };
}
