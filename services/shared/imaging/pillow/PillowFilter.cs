namespace SynCxr.Mesh.Imaging.Pillow;

/// <summary>A filter of Pillow's resize, by the number that <c>preprocessor_config.json</c> gives as <c>resample</c>.</summary>
public sealed record PillowFilter
{
    private const double CubicParameter = -0.5; // of Keys (1981), as Pillow has it

    private PillowFilter(int number, string name, double support, Func<double, double> weigh) =>
        (Number, Name, Support, Weigh) = (number, name, support, weigh);

    /// <summary>The filters, by number from 0.</summary>
    public static IReadOnlyList<PillowFilter> All { get; } =
    [
        new(0, "nearest", 0, _ => 1),
        new(1, "Lanczos", 3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
        new(2, "bilinear", 1, x => Math.Max(0, 1 - Math.Abs(x))),
        new(3, "bicubic", 2, x => WeighCubic(Math.Abs(x))),
        new(4, "box", 0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        new(5, "Hamming", 1, x => WeighHamming(Math.Abs(x))),
    ];

    public int Number { get; }

    public string Name { get; }

    /// <summary>How far from its centre it weighs pixels, in pixels where the picture does not shrink; 0 for the nearest pixel.</summary>
    public double Support { get; }

    /// <summary>The weight of a pixel whose centre is that far away; of one picture's pixels they don't sum to one.</summary>
    internal Func<double, double> Weigh { get; }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);

    private static double WeighCubic(double x) => x switch
    {
        < 1 => ((((CubicParameter + 2) * x) - (CubicParameter + 3)) * x * x) + 1,
        < 2 => ((((x - 5) * x) + 8) * x - 4) * CubicParameter,
        _ => 0,
    };

    private static double WeighHamming(double x) => x switch
    {
        0 => 1,
        >= 1 => 0,
        _ => Sinc(x) * (0.54 + (0.46 * Math.Cos(x * Math.PI))),
    };
}
