using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Faults of geometry: pixels in the wrong place.</summary>
internal static class GeometryFaults
{
    /// <summary>By a quarter, a half, three quarters, or anything from 25 degrees on.</summary>
    public static float[] Rotated(Func<float[]> good, int side, RandomSource random) =>
        ImageAugmentation.Warp(good(), side, random.NextBool(0.6) ? 90 * (1 + random.NextInt(3)) : random.NextDouble(25, 335), 1, 0, 0,
            black: true);

    /// <summary>A part of a third to a half of the side.</summary>
    public static float[] Cropped(Func<float[]> good, int side, RandomSource random)
    {
        var scale = random.NextDouble(1.9, 3.5);
        var reach = (scale - 1) * side / 2;
        return ImageAugmentation.Warp(good(), side, 0, scale, random.NextDouble(-reach, reach), random.NextDouble(-reach, reach));
    }

    /// <summary>Waves of 4 to 14 % of the side.</summary>
    public static float[] Warped(Func<float[]> good, int side, RandomSource random) =>
        Waves(good(), side, random.NextDouble(0.04, 0.14) * side, random);

    /// <summary>Every pixel moved by up to <paramref name="reach"/> pixels along waves.</summary>
    public static float[] Waves(float[] image, int side, double reach, RandomSource random)
    {
        var length = random.NextDouble(0.2, 0.7) * side;
        var slantX = random.NextDouble(-1, 1);
        var slantY = random.NextDouble(-1, 1);
        var phaseX = random.NextDouble(0, 6.3);
        var phaseY = random.NextDouble(0, 6.3);
        return MapPixels(side, (x, y) => ImageAugmentation.SampleBilinear(image, side,
            x + reach * Math.Sin(2 * Math.PI * (y + slantX * x) / length + phaseX),
            y + reach * Math.Sin(2 * Math.PI * (x + slantY * y) / length + phaseY)));
    }

    /// <summary>Two beside or above each other, or two by two.</summary>
    public static float[] Collaged(Func<float[]> good, int side, RandomSource random)
    {
        var (columns, rows) = random.PickOne([(2, 1), (1, 2), (2, 2)]);
        var parts = Enumerable.Range(0, columns * rows).Select(_ => good()).ToArray();
        return MapPixels(side,
            (x, y) => parts[y * rows / side * columns + x * columns / side][y * rows % side * side + x * columns % side]);
    }

    /// <summary>Cut into tiles of an eighth to a half of the side that changed places.</summary>
    public static float[] Shuffled(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var count = random.PickOne([2, 4, 8]);
        var tile = side / count;
        var order = random.Permutation(count * count);
        return MapPixels(side, (x, y) =>
        {
            var from = order[Math.Min(y / tile, count - 1) * count + Math.Min(x / tile, count - 1)];
            return image[(from / count * tile + y % tile) * side + from % count * tile + x % tile];
        });
    }

    /// <summary>Left for right.</summary>
    internal static float[] MirrorHorizontally(float[] image, int side) => MapPixels(side, (x, y) => image[y * side + side - 1 - x]);

    internal static float[] MapPixels(int side, Func<int, int, float> pixel)
    {
        var result = new float[side * side];
        for (var i = 0; i < result.Length; i++)
            result[i] = pixel(i % side, i / side);
        return result;
    }
}
