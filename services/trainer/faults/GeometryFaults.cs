using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Pixels in the wrong place.</summary>
internal static class GeometryFaults
{
    /// <summary>By a quarter, a half, three quarters, or anything from 25 degrees on.</summary>
    public static float[] Rotated(Func<float[]> good, int side, RandomSource dice) =>
        ImageAugmentation.Warp(good(), side, dice.NextBool(0.6) ? 90 * (1 + dice.NextInt(3)) : dice.NextDouble(25, 335), 1, 0, 0,
            black: true);

    /// <summary>A part of a third to a half of the side.</summary>
    public static float[] Cropped(Func<float[]> good, int side, RandomSource dice)
    {
        var scale = dice.NextDouble(1.9, 3.5);
        var reach = (scale - 1) * side / 2;
        return ImageAugmentation.Warp(good(), side, 0, scale, dice.NextDouble(-reach, reach), dice.NextDouble(-reach, reach));
    }

    /// <summary>Waves of 4 to 14 % of the side.</summary>
    public static float[] Warped(Func<float[]> good, int side, RandomSource dice) =>
        Waves(good(), side, dice.NextDouble(0.04, 0.14) * side, dice);

    /// <summary>Every pixel moved by up to <paramref name="reach"/> pixels along waves.</summary>
    public static float[] Waves(float[] picture, int side, double reach, RandomSource dice)
    {
        var (length, ax, ay, px, py) = (dice.NextDouble(0.2, 0.7) * side, dice.NextDouble(-1, 1), dice.NextDouble(-1, 1),
            dice.NextDouble(0, 6.3), dice.NextDouble(0, 6.3));
        return MapPixels(side, (x, y) => ImageAugmentation.SampleBilinear(picture, side,
            x + reach * Math.Sin(2 * Math.PI * (y + ax * x) / length + px),
            y + reach * Math.Sin(2 * Math.PI * (x + ay * y) / length + py)));
    }

    /// <summary>Two beside or above each other, or two by two.</summary>
    public static float[] Collaged(Func<float[]> good, int side, RandomSource dice)
    {
        var (columns, rows) = dice.PickOne([(2, 1), (1, 2), (2, 2)]);
        var parts = Enumerable.Range(0, columns * rows).Select(_ => good()).ToArray();
        return MapPixels(side,
            (x, y) => parts[y * rows / side * columns + x * columns / side][y * rows % side * side + x * columns % side]);
    }

    /// <summary>Cut into tiles of an eighth to a half of the side that changed places.</summary>
    public static float[] Shuffled(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, count) = (good(), dice.PickOne([2, 4, 8]));
        var (tile, order) = (side / count, dice.Permutation(count * count));
        return MapPixels(side, (x, y) =>
        {
            var from = order[Math.Min(y / tile, count - 1) * count + Math.Min(x / tile, count - 1)];
            return picture[(from / count * tile + y % tile) * side + from % count * tile + x % tile];
        });
    }

    /// <summary>Left for right.</summary>
    internal static float[] MirrorHorizontally(float[] picture, int side) => MapPixels(side, (x, y) => picture[y * side + side - 1 - x]);

    internal static float[] MapPixels(int side, Func<int, int, float> pixel)
    {
        var result = new float[side * side];
        for (var i = 0; i < result.Length; i++)
            result[i] = pixel(i % side, i / side);
        return result;
    }
}
