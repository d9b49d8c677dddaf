using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Faults that cover the chest: stripes, ghosts, blots, panels, scribbles.</summary>
internal static class OverlayFaults
{
    /// <summary>Stripes or a grid, of a period of 2 to 12 pixels.</summary>
    public static float[] Striped(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var strength = random.NextDouble(0.08, 0.4);
        var period = random.NextDouble(2, 12);
        var grid = random.NextBool(0.4);
        var hard = random.NextBool(0.5);
        var angle = random.NextBool(0.6) ? random.NextInt(2) * Math.PI / 2 : random.NextDouble(0, Math.PI);
        double Wave(double at) => hard ? (Math.Sin(2 * Math.PI * at / period) > 0.3 ? 1 : 0) : Math.Sin(2 * Math.PI * at / period);
        return GeometryFaults.MapPixels(side, (x, y) =>
        {
            var (u, v) = (x * Math.Cos(angle) + y * Math.Sin(angle), y * Math.Cos(angle) - x * Math.Sin(angle));
            return ImageAugmentation.ClampToUnit(image[y * side + x] + strength * (grid ? Math.Max(Wave(u), Wave(v)) : Wave(u)));
        });
    }

    /// <summary>
    /// A second exposure of the same chest: moved far, or mirrored and moved a little or far; turned, of another size; a quarter to a half
    /// of the light.
    /// </summary>
    public static float[] Ghosted(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var share = (float)random.NextDouble(0.25, 0.5);
        var mirrored = random.NextBool(0.5);
        var far = side * random.NextDouble(mirrored ? 0 : 0.08, 0.3);
        var angle = random.NextDouble(0, 2 * Math.PI);
        var second = ImageAugmentation.Warp(
            mirrored ? GeometryFaults.MirrorHorizontally(image, side) : image, side, random.NextDouble(-30, 30),
            random.NextDouble(0.75, 1.3), far * Math.Cos(angle), far * Math.Sin(angle));
        return [.. image.Select((v, i) => (1 - share) * v + share * second[i])];
    }

    /// <summary>One to four blots: ellipses, wedges and bands, of one shade, of noise, or see-through.</summary>
    public static float[] Blotched(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        for (var n = 1 + random.NextInt(4); n > 0; n--)
        {
            var cx = random.NextDouble(0.1, 0.9) * side;
            var cy = random.NextDouble(0.1, 0.9) * side;
            var turn = random.NextDouble(0, Math.PI);
            var (rx, ry) = (random.NextDouble(0.1, 0.3) * side, random.NextDouble(0.1, 0.3) * side);
            var shade = random.NextDouble(0, 1);
            var form = random.NextInt(3);
            var grain = random.NextBool(0.3) ? 0.3 : 0;
            var cover = random.NextBool(0.7) ? 1 : random.NextDouble(0.4, 0.8);
            for (var i = 0; i < image.Length; i++)
            {
                var (x, y) = (i % side - cx, i / side - cy);
                var (u, v) = ((x * Math.Cos(turn) + y * Math.Sin(turn)) / rx, (y * Math.Cos(turn) - x * Math.Sin(turn)) / ry);
                var inside = form switch { 0 => u * u + v * v < 1, 1 => u > -0.5 && Math.Abs(v) < (1 - u) / 2, _ => Math.Abs(v) < 0.4 };
                if (inside)
                    image[i] = ImageAugmentation.ClampToUnit((1 - cover) * image[i] + cover * (shade + grain * random.NextNormal()));
            }
        }

        return image;
    }

    /// <summary>A part of another place or of another chest, pasted in (Li et al. 2021, CutPaste).</summary>
    public static float[] Patched(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var other = good();
        for (var n = 1 + random.NextInt(3); n > 0; n--)
        {
            var (w, h) = ((int)(side * random.NextDouble(0.15, 0.5)), (int)(side * random.NextDouble(0.15, 0.5)));
            var (fx, fy, tx, ty) = (random.NextInt(side - w), random.NextInt(side - h), random.NextInt(side - w), random.NextInt(side - h));
            var gain = random.NextDouble(0.7, 1.4);
            var shift = random.NextDouble(-0.25, 0.25);
            for (var y = 0; y < h; y++)
            {
                for (var x = 0; x < w; x++)
                    image[(ty + y) * side + tx + x] = ImageAugmentation.ClampToUnit(
                        (other[(fy + y) * side + fx + x] - 0.5) * gain + 0.5 + shift);
            }
        }

        return image;
    }

    /// <summary>Panels of a detector, 4 to 20 pixels of 64 wide, of unequal offset and gain.</summary>
    public static float[] Panelled(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var width = side * (4 + random.NextInt(17)) / 64;
        var height = side * (4 + random.NextInt(17)) / 64;
        var left = random.NextInt(width);
        var top = random.NextInt(height);
        var uneven = random.NextDouble(0.04, 0.2);
        var columns = (side + left) / width + 1;
        var panels = Enumerable.Range(0, columns * ((side + top) / height + 1))
            .Select(_ => (Offset: uneven * random.NextNormal(), Gain: 1 + uneven * random.NextNormal())).ToArray();
        return GeometryFaults.MapPixels(side, (x, y) =>
        {
            var panel = panels[(y + top) / height * columns + (x + left) / width];
            return ImageAugmentation.ClampToUnit((image[y * side + x] - 0.5) * panel.Gain + 0.5 + panel.Offset);
        });
    }

    /// <summary>Strokes, arcs and dots, bright or dark.</summary>
    public static float[] Scribbled(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var shade = random.NextBool(0.7) ? 1f : 0f;
        var thick = random.NextBool(0.3);
        for (var n = 3 + random.NextInt(14); n > 0; n--)
        {
            var x = random.NextDouble(0, side);
            var y = random.NextDouble(0, side);
            var angle = random.NextDouble(0, 6.3);
            var bend = random.NextDouble(-0.25, 0.25);
            for (var step = random.NextBool(0.3) ? 2 : 5 + random.NextInt(side / 3); step > 0; step--)
            {
                Dot((int)x, (int)y);
                if (thick)
                    Dot((int)x + 1, (int)y);
                (x, y, angle) = (x + Math.Cos(angle), y + Math.Sin(angle), angle + bend);
            }
        }

        return image;

        void Dot(int x, int y)
        {
            if (x >= 0 && y >= 0 && x < side && y < side)
                image[y * side + x] = shade;
        }
    }
}
