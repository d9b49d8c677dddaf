using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>
/// What the radiographs of another hospital look like and are no worse for: other bodies, another exposure curve or one that is uneven
/// across the film, more of the body in the picture, a film that lies askew, detail that was brought out more, a collimation border,
/// leads and tubes, a side marker. A judge that has not met them refuses good radiographs from elsewhere.
/// </summary>
public static class DomainShiftAugmentation
{
    private const double Askew = 8;

    public static float[] Apply(float[] picture, int side, RandomSource dice)
    {
        if (dice.NextBool(0.5))
            picture = ChangeBuild(picture, side, dice);
        if (dice.NextBool(0.5))
            picture = ImageAugmentation.Warp(picture, side, dice.NextDouble(-Askew, Askew), dice.NextDouble(0.75, 1),
                dice.NextDouble(-3, 3), dice.NextDouble(-3, 3), black: dice.NextBool(0.5));
        if (dice.NextBool(0.5))
            picture = EnhanceDetail(picture, side, dice);
        var (gamma, contrast, level, grain) = (dice.NextDouble(0.5, 1.8), dice.NextDouble(0.35, 1.25), dice.NextDouble(0.28, 0.7),
            dice.NextBool(0.3) ? dice.NextDouble(0, 0.02) : 0);
        var (across, down) = dice.NextBool(0.5) ? (dice.NextDouble(-0.3, 0.3), dice.NextDouble(-0.3, 0.3)) : (0, 0);
        picture = [.. picture.Select((v, i) =>
            ImageAugmentation.ClampToUnit(
                (Math.Pow(v, gamma) - 0.5) * contrast + level + grain * dice.NextNormal() + across * ((double)(i % side) / side - 0.5)
                    + down * ((double)(i / side) / side - 0.5)))];
        if (dice.NextBool(0.4))
            AddBorder(picture, side, dice);
        for (var n = dice.NextBool(0.4) ? 1 + dice.NextInt(4) : 0; n > 0; n--)
            AddLead(picture, side, dice);
        if (dice.NextBool(0.4))
            AddMarker(picture, side, dice);
        return picture;
    }

    /// <summary>Broader, slimmer, longer or shorter by up to 18 %, and bent by up to 2 % of the side along slow waves.</summary>
    private static float[] ChangeBuild(float[] picture, int side, RandomSource dice)
    {
        var (wide, tall, reach, middle) = (dice.NextDouble(0.82, 1.18), dice.NextDouble(0.82, 1.18), dice.NextDouble(0, 0.02) * side,
            (side - 1) / 2.0);
        var (length, px, py) = (dice.NextDouble(0.8, 2) * side / (2 * Math.PI), dice.NextDouble(0, 6.3), dice.NextDouble(0, 6.3));
        var result = new float[picture.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            result[i] = ImageAugmentation.SampleBilinear(picture, side,
                (x - middle) / wide + middle + reach * Math.Sin(y / length + px),
                (y - middle) / tall + middle + reach * Math.Sin(x / length + py));
        }

        return result;
    }

    /// <summary>
    /// Processing that brings out edges (small sigma): once or a little more what blurring takes away; or evens the exposure (large): up to
    /// two and a half times.
    /// </summary>
    private static float[] EnhanceDetail(float[] picture, int side, RandomSource dice)
    {
        var sigma = dice.NextDouble(0.7, 8);
        var (soft, amount) = (ImageAugmentation.GaussianBlur(picture, side, side / 64.0 * sigma),
            dice.NextDouble(0.2, sigma < 2 ? 1.3 : 2.5));
        return [.. picture.Select((v, i) => ImageAugmentation.ClampToUnit(v + amount * (v - soft[i])))];
    }

    /// <summary>Up to an eighth of each side is dark or, now and then, light; the border may lie askew.</summary>
    private static void AddBorder(float[] picture, int side, RandomSource dice)
    {
        var edge = Enumerable.Range(0, 4).Select(_ => dice.NextBool(0.6) ? dice.NextDouble(0, 0.125) * side : -side).ToArray();
        var shade = (float)(dice.NextBool(0.8) ? dice.NextDouble(0, 0.25) : dice.NextDouble(0.75, 1));
        var (angle, middle) = (dice.NextBool(0.5) ? dice.NextDouble(-Askew, Askew) * Math.PI / 180 : 0, (side - 1) / 2.0);
        var (cos, sin) = (Math.Cos(angle), Math.Sin(angle));
        for (var i = 0; i < picture.Length; i++)
        {
            var (u, v) = (i % side - middle, i / side - middle);
            var (x, y) = (cos * u + sin * v + middle, cos * v - sin * u + middle);
            if (x < edge[0] || y < edge[1] || x > side - 1 - edge[2] || y > side - 1 - edge[3])
                picture[i] = shade;
        }
    }

    /// <summary>A thin, smooth, somewhat brighter line from the top to an edge.</summary>
    private static void AddLead(float[] picture, int side, RandomSource dice)
    {
        var (x, y, angle, light, bend) = (dice.NextDouble(0, side), 0.0, dice.NextDouble(0.3, 2.8), dice.NextDouble(0.06, 0.25),
            dice.NextDouble(-0.02, 0.02));
        while (x >= 0 && x < side && y >= 0 && y < side)
        {
            var at = (int)y * side + (int)x;
            picture[at] = ImageAugmentation.ClampToUnit(picture[at] + light);
            (x, y, angle) = (x + Math.Cos(angle), y + Math.Sin(angle), angle + bend);
        }
    }

    /// <summary>A bright spot of one or two pixels by three or four near the edge.</summary>
    private static void AddMarker(float[] picture, int side, RandomSource dice)
    {
        var (w, h) = (1 + dice.NextInt(2), 3 + dice.NextInt(2));
        var (left, top) = (dice.NextBool(0.5) ? dice.NextInt(side / 6) : side - w - dice.NextInt(side / 6), dice.NextInt(side - h));
        for (var y = top; y < top + h; y++)
            Array.Fill(picture, 0.95f, y * side + left, w);
    }
}
