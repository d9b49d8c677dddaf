using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Badness;

/// <summary>Something that lies over the chest.</summary>
internal static class Overlays
{
    /// <summary>Stripes or a grid, of a period of 2 to 12 pixels.</summary>
    public static float[] Striped(Func<float[]> good, int side, Dice dice)
    {
        var (picture, strength, period, grid, hard) = (good(), dice.Between(0.08, 0.4), dice.Between(2, 12), dice.Chance(0.4), dice.Chance(0.5));
        var angle = dice.Chance(0.6) ? dice.Below(2) * Math.PI / 2 : dice.Between(0, Math.PI);
        double Wave(double at) => hard ? (Math.Sin(2 * Math.PI * at / period) > 0.3 ? 1 : 0) : Math.Sin(2 * Math.PI * at / period);
        return Geometry.Each(side, (x, y) =>
        {
            var (u, v) = (x * Math.Cos(angle) + y * Math.Sin(angle), y * Math.Cos(angle) - x * Math.Sin(angle));
            return Variation.Clamp(picture[y * side + x] + strength * (grid ? Math.Max(Wave(u), Wave(v)) : Wave(u)));
        });
    }

    /// <summary>A second exposure of the same chest: moved far, or mirrored and moved a little or far; turned, of another size; a quarter to a half of the light.</summary>
    public static float[] Ghosted(Func<float[]> good, int side, Dice dice)
    {
        var (picture, share, mirrored) = (good(), (float)dice.Between(0.25, 0.5), dice.Chance(0.5));
        var (far, angle) = (side * dice.Between(mirrored ? 0 : 0.08, 0.3), dice.Between(0, 2 * Math.PI));
        var second = Variation.Warp(
            mirrored ? Geometry.Mirror(picture, side) : picture, side, dice.Between(-30, 30), dice.Between(0.75, 1.3), far * Math.Cos(angle), far * Math.Sin(angle));
        return [.. picture.Select((v, i) => (1 - share) * v + share * second[i])];
    }

    /// <summary>One to four blots: ellipses, wedges and bands, of one shade, of noise, or see-through.</summary>
    public static float[] Blotched(Func<float[]> good, int side, Dice dice)
    {
        var picture = good();
        for (var n = 1 + dice.Below(4); n > 0; n--)
        {
            var (cx, cy, turn) = (dice.Between(0.1, 0.9) * side, dice.Between(0.1, 0.9) * side, dice.Between(0, Math.PI));
            var (rx, ry) = (dice.Between(0.1, 0.3) * side, dice.Between(0.1, 0.3) * side);
            var (shade, form, grain, cover) = (dice.Between(0, 1), dice.Below(3), dice.Chance(0.3) ? 0.3 : 0, dice.Chance(0.7) ? 1 : dice.Between(0.4, 0.8));
            for (var i = 0; i < picture.Length; i++)
            {
                var (x, y) = (i % side - cx, i / side - cy);
                var (u, v) = ((x * Math.Cos(turn) + y * Math.Sin(turn)) / rx, (y * Math.Cos(turn) - x * Math.Sin(turn)) / ry);
                var inside = form switch { 0 => u * u + v * v < 1, 1 => u > -0.5 && Math.Abs(v) < (1 - u) / 2, _ => Math.Abs(v) < 0.4 };
                if (inside)
                    picture[i] = Variation.Clamp((1 - cover) * picture[i] + cover * (shade + grain * dice.Normal()));
            }
        }

        return picture;
    }

    /// <summary>A part of another place or of another chest, pasted in (Li et al. 2021, CutPaste).</summary>
    public static float[] Patched(Func<float[]> good, int side, Dice dice)
    {
        var (picture, other) = (good(), good());
        for (var n = 1 + dice.Below(3); n > 0; n--)
        {
            var (w, h) = ((int)(side * dice.Between(0.15, 0.5)), (int)(side * dice.Between(0.15, 0.5)));
            var (fx, fy, tx, ty) = (dice.Below(side - w), dice.Below(side - h), dice.Below(side - w), dice.Below(side - h));
            var (gain, shift) = (dice.Between(0.7, 1.4), dice.Between(-0.25, 0.25));
            for (var y = 0; y < h; y++)
            {
                for (var x = 0; x < w; x++)
                    picture[(ty + y) * side + tx + x] = Variation.Clamp((other[(fy + y) * side + fx + x] - 0.5) * gain + 0.5 + shift);
            }
        }

        return picture;
    }

    /// <summary>Panels of a detector, 4 to 20 pixels of 64 wide, of unequal offset and gain.</summary>
    public static float[] Panelled(Func<float[]> good, int side, Dice dice)
    {
        var (picture, width, height) = (good(), side * (4 + dice.Below(17)) / 64, side * (4 + dice.Below(17)) / 64);
        var (left, top, uneven) = (dice.Below(width), dice.Below(height), dice.Between(0.04, 0.2));
        var columns = (side + left) / width + 1;
        var panels = Enumerable.Range(0, columns * ((side + top) / height + 1)).Select(_ => (Offset: uneven * dice.Normal(), Gain: 1 + uneven * dice.Normal())).ToArray();
        return Geometry.Each(side, (x, y) =>
        {
            var panel = panels[(y + top) / height * columns + (x + left) / width];
            return Variation.Clamp((picture[y * side + x] - 0.5) * panel.Gain + 0.5 + panel.Offset);
        });
    }

    /// <summary>Strokes, arcs and dots, bright or dark.</summary>
    public static float[] Scribbled(Func<float[]> good, int side, Dice dice)
    {
        var (picture, shade, thick) = (good(), dice.Chance(0.7) ? 1f : 0f, dice.Chance(0.3));
        for (var n = 3 + dice.Below(14); n > 0; n--)
        {
            var (x, y, angle, bend) = (dice.Between(0, side), dice.Between(0, side), dice.Between(0, 6.3), dice.Between(-0.25, 0.25));
            for (var step = dice.Chance(0.3) ? 2 : 5 + dice.Below(side / 3); step > 0; step--)
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
