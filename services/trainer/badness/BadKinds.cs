using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Badness;

/// <summary>Ten ways to spoil a radiograph. A new one is one line and its maker.</summary>
public static class BadKinds
{
    //                                                              chest  human frontal quality upright fidelity
    public static IReadOnlyList<BadKind> All { get; } =
    [
        new("rotated", [true, null, null, true, false, null], Rotated),
        new("flipped", [true, null, null, true, false, null], Flipped),
        new("inverted", [true, null, null, false, false, false], Inverted),
        new("blurred", [null, null, null, false, false, false], Blurred),
        new("low-contrast", [null, null, null, false, false, null], LowContrast),
        new("cropped", [null, null, null, null, false, null], Cropped),
        new("collaged", [false, null, null, null, false, false], Collaged),
        new("noisy", [null, null, null, false, false, false], Noisy),
        new("blank", [false, null, null, false, false, false], Blank),
        new("not-a-radiograph", [false, null, null, null, false, false], NotARadiograph),
    ];

    private static float[] Rotated(Func<float[]> good, int side, Dice dice) =>
        Variation.Warp(good(), side, dice.Chance(0.6) ? 90 * (1 + dice.Below(3)) : dice.Between(25, 335), 1, 0, 0, black: true);

    private static float[] Flipped(Func<float[]> good, int side, Dice dice)
    {
        var (picture, result, upside) = (good(), new float[side * side], dice.Chance(0.5));
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                result[y * side + x] = upside ? picture[(side - 1 - y) * side + x] : picture[y * side + side - 1 - x];
        }

        return result;
    }

    private static float[] Inverted(Func<float[]> good, int side, Dice dice) => Tone(good(), v => 1 - v);

    private static float[] Blurred(Func<float[]> good, int side, Dice dice) => Variation.Blur(good(), side, dice.Between(2.2, 5));

    private static float[] LowContrast(Func<float[]> good, int side, Dice dice)
    {
        var (contrast, level) = (dice.Between(0.04, 0.25), dice.Between(0.2, 0.8));
        return Tone(good(), v => (v - 0.5) * contrast + level);
    }

    private static float[] Cropped(Func<float[]> good, int side, Dice dice)
    {
        var scale = dice.Between(1.9, 3.5);
        var reach = (scale - 1) * side / 2;
        return Variation.Warp(good(), side, 0, scale, dice.Between(-reach, reach), dice.Between(-reach, reach));
    }

    private static float[] Collaged(Func<float[]> good, int side, Dice dice)
    {
        var (columns, rows) = dice.Pick([(2, 1), (1, 2), (2, 2), (3, 3)]);
        var parts = Enumerable.Range(0, columns * rows).Select(_ => good()).ToArray();
        var result = new float[side * side];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                result[y * side + x] = parts[y * rows / side * columns + x * columns / side][y * rows % side * side + x * columns % side];
        }

        return result;
    }

    private static float[] Noisy(Func<float[]> good, int side, Dice dice)
    {
        var (sigma, salt) = dice.Chance(0.7) ? (dice.Between(0.12, 0.5), 0.0) : (0.02, dice.Between(0.05, 0.4));
        return Tone(good(), v => dice.Chance(salt) ? dice.Below(2) : v + sigma * dice.Normal());
    }

    private static float[] Blank(Func<float[]> good, int side, Dice dice)
    {
        var (level, slope, noise) = (dice.Chance(0.4) ? dice.Below(2) : dice.Between(0, 1), dice.Chance(0.3) ? dice.Between(-0.2, 0.2) : 0, dice.Between(0, 0.02));
        var result = new float[side * side];
        for (var i = 0; i < result.Length; i++)
            result[i] = Variation.Clamp(level + slope * ((double)(i / side) / side - 0.5) + noise * dice.Normal());
        return result;
    }

    /// <summary>Pure noise, clouds, stripes, checkers, discs and boxes, lines of writing.</summary>
    private static float[] NotARadiograph(Func<float[]> good, int side, Dice dice)
    {
        var kind = dice.Below(6);
        var result = new float[side * side];
        var (a, b, c) = (dice.Between(0.05, 1.2), dice.Between(-1.2, 1.2), 2 + dice.Below(12));
        for (var i = 0; i < result.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            result[i] = kind switch
            {
                0 => (float)dice.Between(0, 1),
                1 => Variation.Clamp(0.5 + 0.5 * Math.Sin(a * x + b * y)),
                2 => (x / c + y / c) % 2,
                3 => y % (c + 3) < c / 2 + 1 && dice.Chance(0.5) ? 1 : 0,
                4 => (float)dice.Between(0, 1),
                _ => Variation.Clamp(dice.Between(0, 0.1)),
            };
        }

        if (kind == 4)
            return Stretch(Variation.Blur(result, side, dice.Between(2, 7)));
        if (kind == 5)
            Shapes(result, side, dice);
        return dice.Chance(0.3) ? Tone(result, v => 1 - v) : result;
    }

    private static void Shapes(float[] picture, int side, Dice dice)
    {
        for (var n = 2 + dice.Below(10); n > 0; n--)
        {
            var (cx, cy, rx, ry) = (dice.Between(0, side), dice.Between(0, side), dice.Between(2, side / 2.5), dice.Between(2, side / 2.5));
            var (level, round) = ((float)dice.Between(0, 1), dice.Chance(0.5));
            for (var i = 0; i < picture.Length; i++)
            {
                var (u, v) = ((i % side - cx) / rx, (i / side - cy) / ry);
                if (round ? u * u + v * v < 1 : Math.Abs(u) < 1 && Math.Abs(v) < 1)
                    picture[i] = level;
            }
        }
    }

    private static float[] Stretch(float[] picture)
    {
        var (low, high) = (picture.Min(), picture.Max());
        return Tone(picture, v => (v - low) / (high - low + 1e-6));
    }

    private static float[] Tone(float[] picture, Func<double, double> tone) => [.. picture.Select(v => Variation.Clamp(tone(v)))];
}
