namespace SynCxr.Mesh.Models;

/// <summary>A share with its 95 % interval (Wilson 1927), which holds at 0 and 1 too; of nothing it is anything from 0 to 1.</summary>
public sealed record WilsonInterval(long Hits, long All)
{
    private const double Z = 1.959963984540054; // of the normal distribution, 97.5 %

    /// <summary>Hits of all; 0 where there are none.</summary>
    public double Value => All == 0 ? 0 : (double)Hits / All;

    public double Low => All == 0 || Hits == 0 ? 0 : Middle - Half;

    public double High => All == 0 || Hits == All ? 1 : Middle + Half;

    private double Scale => 1 + (Z * Z / All);

    private double Middle => (Value + (Z * Z / (2.0 * All))) / Scale;

    private double Half => Z / Scale * Math.Sqrt((Value * (1 - Value) / All) + (Z * Z / (4.0 * All * All)));
}
