using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Torch.Data;

/// <summary>
/// What the radiographs of another hospital look like and are no worse for: another exposure curve, more of the body in the picture, a
/// dark collimation border, leads and tubes, a side marker. A judge that has not met them refuses good radiographs from elsewhere.
/// </summary>
public static class Setting
{
    public static float[] Of(float[] picture, int side, Dice dice)
    {
        if (dice.Chance(0.4))
            picture = Variation.Warp(picture, side, 0, dice.Between(0.75, 1), dice.Between(-3, 3), dice.Between(-3, 3), black: dice.Chance(0.5));
        var (gamma, contrast, level) = (dice.Between(0.75, 1.35), dice.Between(0.5, 1.15), dice.Between(0.4, 0.6));
        picture = [.. picture.Select(v => Variation.Clamp((Math.Pow(v, gamma) - 0.5) * contrast + level))];
        if (dice.Chance(0.4))
            Border(picture, side, dice);
        for (var n = dice.Chance(0.4) ? 1 + dice.Below(3) : 0; n > 0; n--)
            Lead(picture, side, dice);
        if (dice.Chance(0.4))
            Marker(picture, side, dice);
        return picture;
    }

    /// <summary>Up to a tenth of each side is dark.</summary>
    private static void Border(float[] picture, int side, Dice dice)
    {
        var edge = Enumerable.Range(0, 4).Select(_ => dice.Chance(0.6) ? dice.Between(0, 0.1) * side : 0).ToArray();
        var shade = (float)dice.Between(0, 0.2);
        for (var i = 0; i < picture.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            if (x < edge[0] || y < edge[1] || x >= side - edge[2] || y >= side - edge[3])
                picture[i] = shade;
        }
    }

    /// <summary>A thin, smooth, somewhat brighter line from the top to an edge.</summary>
    private static void Lead(float[] picture, int side, Dice dice)
    {
        var (x, y, angle, light, bend) = (dice.Between(0, side), 0.0, dice.Between(0.3, 2.8), dice.Between(0.06, 0.25), dice.Between(-0.02, 0.02));
        while (x >= 0 && x < side && y >= 0 && y < side)
        {
            var at = (int)y * side + (int)x;
            picture[at] = Variation.Clamp(picture[at] + light);
            (x, y, angle) = (x + Math.Cos(angle), y + Math.Sin(angle), angle + bend);
        }
    }

    /// <summary>A bright spot of one or two pixels by three or four near the edge.</summary>
    private static void Marker(float[] picture, int side, Dice dice)
    {
        var (w, h) = (1 + dice.Below(2), 3 + dice.Below(2));
        var (left, top) = (dice.Chance(0.5) ? dice.Below(side / 6) : side - w - dice.Below(side / 6), dice.Below(side - h));
        for (var y = top; y < top + h; y++)
            Array.Fill(picture, 0.95f, y * side + left, w);
    }
}
