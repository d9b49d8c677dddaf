namespace SynCxr.Mesh.Imaging.Pillow;

/// <summary>
/// Resizes as Pillow 13 does, to the bit: the image encoders of the field were trained on its pixels. Across first, then down, each pass
/// rounded to 8 bits; down first where the height shrinks and the width does not. The filter is widened where the picture shrinks; weights
/// are integers in units of 2⁻²².
/// </summary>
public static class PillowResizer
{
    private const int WeightBits = 32 - 8 - 2; // 8 bits of a pixel, 2 for sums that overshoot

    /// <summary>The picture with that size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public static RasterImage Resize(RasterImage image, int width, int height, PillowFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height)
            return image;
        if (filter.Support == 0)
            return TakeNearest(image, width, height);
        return height < image.Height && width > image.Width ? ResizeAcross(ResizeDown(image, height, filter), width, filter)
            : ResizeDown(ResizeAcross(image, width, filter), height, filter);
    }

    private static RasterImage ResizeAcross(RasterImage image, int width, PillowFilter filter)
    {
        if (width == image.Width)
            return image;
        var spans = Weights(image.Width, width, filter);
        var (source, channels) = (image.Pixels, image.Channels);
        var pixels = new byte[image.Height * spans.Length * channels];
        for (int y = 0, at = 0; y < image.Height; y++)
        {
            foreach (var (first, weights) in spans)
            {
                var start = ((y * image.Width) + first) * channels;
                for (var channel = 0; channel < channels; channel++)
                    pixels[at++] = Sum(source, start + channel, channels, weights);
            }
        }
        return new RasterImage(spans.Length, image.Height, channels, pixels);
    }

    private static RasterImage ResizeDown(RasterImage image, int height, PillowFilter filter)
    {
        if (height == image.Height)
            return image;
        var spans = Weights(image.Height, height, filter);
        var stride = image.Width * image.Channels;
        var pixels = new byte[spans.Length * stride];
        for (int y = 0, at = 0; y < spans.Length; y++)
        {
            var (first, weights) = spans[y];
            for (var x = 0; x < stride; x++)
                pixels[at++] = Sum(image.Pixels, (first * stride) + x, stride, weights);
        }
        return new RasterImage(image.Width, spans.Length, image.Channels, pixels);
    }

    private static byte Sum(byte[] pixels, int start, int step, int[] weights)
    {
        var sum = 1 << (WeightBits - 1); // rounds the half up
        for (int k = 0, at = start; k < weights.Length; k++, at += step)
            sum += weights[k] * pixels[at];
        return (byte)Math.Clamp(sum >> WeightBits, 0, 255);
    }

    /// <summary>For each target pixel the first source pixel and the weights of those that follow.</summary>
    private static (int First, int[] Weights)[] Weights(int source, int target, PillowFilter filter)
    {
        var spans = new (int, int[])[target];
        var scale = (double)source / target;
        var widening = Math.Max(scale, 1);
        var (support, inverse) = (filter.Support * widening, 1 / widening);
        for (var t = 0; t < target; t++)
        {
            var centre = (t + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(source, (int)(centre + support + 0.5));
            var weights = new double[end - first];
            var sum = 0.0;
            for (var k = 0; k < weights.Length; k++)
                sum += weights[k] = filter.Weigh((k + first - centre + 0.5) * inverse);
            spans[t] = (first, Array.ConvertAll(weights, w => ToInteger(sum == 0 ? w : w / sum)));
        }
        return spans;
    }

    private static int ToInteger(double weight) => (int)((weight * (1 << WeightBits)) + (weight < 0 ? -0.5 : 0.5));

    private static RasterImage TakeNearest(RasterImage image, int width, int height)
    {
        var (columns, rows) = (Positions(image.Width, width), Positions(image.Height, height));
        var pixels = new byte[width * height * image.Channels];
        var at = 0;
        foreach (var y in rows)
        {
            foreach (var x in columns)
            {
                image.Pixels.AsSpan(((y * image.Width) + x) * image.Channels, image.Channels).CopyTo(pixels.AsSpan(at));
                at += image.Channels;
            }
        }
        return new RasterImage(width, height, image.Channels, pixels);
    }

    // Summed step by step as Pillow does it, so that rounding falls alike.
    private static int[] Positions(int source, int target)
    {
        var step = (double)source / target;
        var positions = new int[target];
        var position = step * 0.5;
        for (var t = 0; t < target; t++, position += step)
            positions[t] = Math.Min((int)position, source - 1);
        return positions;
    }
}
