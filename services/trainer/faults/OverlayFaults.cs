using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Something that lies over the chest.</summary>
internal static class OverlayFaults
{
    /// <summary>Stripes or a grid, of a period of 2 to 12 pixels.</summary>
    public static float[] Striped(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, strength, period, grid, hard) = (good(), dice.NextDouble(0.08, 0.4), dice.NextDouble(2, 12), dice.NextBool(0.4),
            dice.NextBool(0.5));
        var angle = dice.NextBool(0.6) ? dice.NextInt(2) * Math.PI / 2 : dice.NextDouble(0, Math.PI);
        double Wave(double at) => hard ? (Math.Sin(2 * Math.PI * at / period) > 0.3 ? 1 : 0) : Math.Sin(2 * Math.PI * at / period);
        return GeometryFaults.MapPixels(side, (x, y) =>
        {
            var (u, v) = (x * Math.Cos(angle) + y * Math.Sin(angle), y * Math.Cos(angle) - x * Math.Sin(angle));
            return ImageAugmentation.ClampToUnit(picture[y * side + x] + strength * (grid ? Math.Max(Wave(u), Wave(v)) : Wave(u)));
        });
    }

    /// <summary>
    /// A second exposure of the same chest: moved far, or mirrored and moved a little or far; turned, of another size; a quarter to a half
    /// of the light.
    /// </summary>
    public static float[] Ghosted(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, share, mirrored) = (good(), (float)dice.NextDouble(0.25, 0.5), dice.NextBool(0.5));
        var (far, angle) = (side * dice.NextDouble(mirrored ? 0 : 0.08, 0.3), dice.NextDouble(0, 2 * Math.PI));
        var second = ImageAugmentation.Warp(
            mirrored ? GeometryFaults.MirrorHorizontally(picture, side) : picture, side, dice.NextDouble(-30, 30),
            dice.NextDouble(0.75, 1.3), far * Math.Cos(angle), far * Math.Sin(angle));
        return [.. picture.Select((v, i) => (1 - share) * v + share * second[i])];
    }

    /// <summary>One to four blots: ellipses, wedges and bands, of one shade, of noise, or see-through.</summary>
    public static float[] Blotched(Func<float[]> good, int side, RandomSource dice)
    {
        var picture = good();
        for (var n = 1 + dice.NextInt(4); n > 0; n--)
        {
            var (cx, cy, turn) = (dice.NextDouble(0.1, 0.9) * side, dice.NextDouble(0.1, 0.9) * side, dice.NextDouble(0, Math.PI));
            var (rx, ry) = (dice.NextDouble(0.1, 0.3) * side, dice.NextDouble(0.1, 0.3) * side);
            var (shade, form, grain, cover) = (dice.NextDouble(0, 1), dice.NextInt(3), dice.NextBool(0.3) ? 0.3 : 0,
                dice.NextBool(0.7) ? 1 : dice.NextDouble(0.4, 0.8));
            for (var i = 0; i < picture.Length; i++)
            {
                var (x, y) = (i % side - cx, i / side - cy);
                var (u, v) = ((x * Math.Cos(turn) + y * Math.Sin(turn)) / rx, (y * Math.Cos(turn) - x * Math.Sin(turn)) / ry);
                var inside = form switch { 0 => u * u + v * v < 1, 1 => u > -0.5 && Math.Abs(v) < (1 - u) / 2, _ => Math.Abs(v) < 0.4 };
                if (inside)
                    picture[i] = ImageAugmentation.ClampToUnit((1 - cover) * picture[i] + cover * (shade + grain * dice.NextNormal()));
            }
        }

        return picture;
    }

    /// <summary>A part of another place or of another chest, pasted in (Li et al. 2021, CutPaste).</summary>
    public static float[] Patched(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, other) = (good(), good());
        for (var n = 1 + dice.NextInt(3); n > 0; n--)
        {
            var (w, h) = ((int)(side * dice.NextDouble(0.15, 0.5)), (int)(side * dice.NextDouble(0.15, 0.5)));
            var (fx, fy, tx, ty) = (dice.NextInt(side - w), dice.NextInt(side - h), dice.NextInt(side - w), dice.NextInt(side - h));
            var (gain, shift) = (dice.NextDouble(0.7, 1.4), dice.NextDouble(-0.25, 0.25));
            for (var y = 0; y < h; y++)
            {
                for (var x = 0; x < w; x++)
                    picture[(ty + y) * side + tx + x] = ImageAugmentation.ClampToUnit(
                        (other[(fy + y) * side + fx + x] - 0.5) * gain + 0.5 + shift);
            }
        }

        return picture;
    }

    /// <summary>Panels of a detector, 4 to 20 pixels of 64 wide, of unequal offset and gain.</summary>
    public static float[] Panelled(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, width, height) = (good(), side * (4 + dice.NextInt(17)) / 64, side * (4 + dice.NextInt(17)) / 64);
        var (left, top, uneven) = (dice.NextInt(width), dice.NextInt(height), dice.NextDouble(0.04, 0.2));
        var columns = (side + left) / width + 1;
        var panels = Enumerable.Range(0, columns * ((side + top) / height + 1))
            .Select(_ => (Offset: uneven * dice.NextNormal(), Gain: 1 + uneven * dice.NextNormal())).ToArray();
        return GeometryFaults.MapPixels(side, (x, y) =>
        {
            var panel = panels[(y + top) / height * columns + (x + left) / width];
            return ImageAugmentation.ClampToUnit((picture[y * side + x] - 0.5) * panel.Gain + 0.5 + panel.Offset);
        });
    }

    /// <summary>Strokes, arcs and dots, bright or dark.</summary>
    public static float[] Scribbled(Func<float[]> good, int side, RandomSource dice)
    {
        var (picture, shade, thick) = (good(), dice.NextBool(0.7) ? 1f : 0f, dice.NextBool(0.3));
        for (var n = 3 + dice.NextInt(14); n > 0; n--)
        {
            var (x, y, angle, bend) = (dice.NextDouble(0, side), dice.NextDouble(0, side), dice.NextDouble(0, 6.3),
                dice.NextDouble(-0.25, 0.25));
            for (var step = dice.NextBool(0.3) ? 2 : 5 + dice.NextInt(side / 3); step > 0; step--)
            {
                Dot((int)x, (int)y);
                if (thick)
                    Dot((int)x + 1, (int)y);
                (x, y, angle) = (x + Math.Cos(angle), y + Math.Sin(angle), angle + bend);
            }
        }

        return picture;

        void Dot(int x, int y)
        {
            if (x >= 0 && y >= 0 && x < side && y < side)
                picture[y * side + x] = shade;
        }
    }
}
