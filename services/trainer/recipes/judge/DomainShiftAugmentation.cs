using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>
/// Makes a radiograph look as if another hospital had taken it, without making it worse: other body shapes, another or uneven exposure,
/// more of the body in the image, a tilted film, enhanced detail, a collimation border, leads and tubes, a side marker. A judge that was
/// not trained on these rejects good radiographs from elsewhere.
/// </summary>
public static class DomainShiftAugmentation
{
    private const double Askew = 8;

    public static float[] Apply(float[] image, int side, RandomSource random)
    {
        if (random.NextBool(0.5))
            image = ChangeBuild(image, side, random);
        if (random.NextBool(0.5))
            image = ImageAugmentation.Warp(image, side, random.NextDouble(-Askew, Askew), random.NextDouble(0.75, 1),
                random.NextDouble(-3, 3), random.NextDouble(-3, 3), black: random.NextBool(0.5));
        if (random.NextBool(0.5))
            image = EnhanceDetail(image, side, random);
        var gamma = random.NextDouble(0.5, 1.8);
        var contrast = random.NextDouble(0.35, 1.25);
        var level = random.NextDouble(0.28, 0.7);
        var grain = random.NextBool(0.3) ? random.NextDouble(0, 0.02) : 0;
        var (across, down) = random.NextBool(0.5) ? (random.NextDouble(-0.3, 0.3), random.NextDouble(-0.3, 0.3)) : (0, 0);
        image = [.. image.Select((v, i) =>
            ImageAugmentation.ClampToUnit(
                (Math.Pow(v, gamma) - 0.5) * contrast + level + grain * random.NextNormal() + across * ((double)(i % side) / side - 0.5)
                    + down * ((double)(i / side) / side - 0.5)))];
        if (random.NextBool(0.4))
            AddBorder(image, side, random);
        for (var n = random.NextBool(0.4) ? 1 + random.NextInt(4) : 0; n > 0; n--)
            AddLead(image, side, random);
        if (random.NextBool(0.4))
            AddMarker(image, side, random);
        return image;
    }

    /// <summary>Broader, slimmer, longer or shorter by up to 18 %, and bent by up to 2 % of the side along slow waves.</summary>
    private static float[] ChangeBuild(float[] image, int side, RandomSource random)
    {
        var wide = random.NextDouble(0.82, 1.18);
        var tall = random.NextDouble(0.82, 1.18);
        var reach = random.NextDouble(0, 0.02) * side;
        var middle = (side - 1) / 2.0;
        var length = random.NextDouble(0.8, 2) * side / (2 * Math.PI);
        var px = random.NextDouble(0, 6.3);
        var py = random.NextDouble(0, 6.3);
        var result = new float[image.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            result[i] = ImageAugmentation.SampleBilinear(image, side,
                (x - middle) / wide + middle + reach * Math.Sin(y / length + px),
                (y - middle) / tall + middle + reach * Math.Sin(x / length + py));
        }

        return result;
    }

    /// <summary>
    /// Unsharp masking. A small sigma enhances edges, by up to 1.3 times what blurring removes; a large one evens the exposure, by up to
    /// 2.5 times.
    /// </summary>
    private static float[] EnhanceDetail(float[] image, int side, RandomSource random)
    {
        var sigma = random.NextDouble(0.7, 8);
        var soft = ImageAugmentation.GaussianBlur(image, side, side / 64.0 * sigma);
        var amount = random.NextDouble(0.2, sigma < 2 ? 1.3 : 2.5);
        return [.. image.Select((v, i) => ImageAugmentation.ClampToUnit(v + amount * (v - soft[i])))];
    }

    /// <summary>Up to an eighth of the image at each side is dark or, in a fifth of the cases, light; the border may be tilted.</summary>
    private static void AddBorder(float[] image, int side, RandomSource random)
    {
        var edge = Enumerable.Range(0, 4).Select(_ => random.NextBool(0.6) ? random.NextDouble(0, 0.125) * side : -side).ToArray();
        var shade = (float)(random.NextBool(0.8) ? random.NextDouble(0, 0.25) : random.NextDouble(0.75, 1));
        var angle = random.NextBool(0.5) ? random.NextDouble(-Askew, Askew) * Math.PI / 180 : 0;
        var middle = (side - 1) / 2.0;
        var (cos, sin) = (Math.Cos(angle), Math.Sin(angle));
        for (var i = 0; i < image.Length; i++)
        {
            var (u, v) = (i % side - middle, i / side - middle);
            var (x, y) = (cos * u + sin * v + middle, cos * v - sin * u + middle);
            if (x < edge[0] || y < edge[1] || x > side - 1 - edge[2] || y > side - 1 - edge[3])
                image[i] = shade;
        }
    }

    /// <summary>A thin, smooth, somewhat brighter line from the top to an edge.</summary>
    private static void AddLead(float[] image, int side, RandomSource random)
    {
        var x = random.NextDouble(0, side);
        var y = 0.0;
        var angle = random.NextDouble(0.3, 2.8);
        var brightness = random.NextDouble(0.06, 0.25);
        var bend = random.NextDouble(-0.02, 0.02);
        while (x >= 0 && x < side && y >= 0 && y < side)
        {
            var pixel = (int)y * side + (int)x;
            image[pixel] = ImageAugmentation.ClampToUnit(image[pixel] + brightness);
            (x, y, angle) = (x + Math.Cos(angle), y + Math.Sin(angle), angle + bend);
        }
    }

    /// <summary>A bright spot of one or two pixels by three or four near the edge.</summary>
    private static void AddMarker(float[] image, int side, RandomSource random)
    {
        var (w, h) = (1 + random.NextInt(2), 3 + random.NextInt(2));
        var (left, top) = (random.NextBool(0.5) ? random.NextInt(side / 6) : side - w - random.NextInt(side / 6), random.NextInt(side - h));
        for (var y = top; y < top + h; y++)
            Array.Fill(image, 0.95f, y * side + left, w);
    }
}
