namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The DPM-Solvers by name.</summary>
internal static class DpmSolverNames
{
    /// <summary>Of the ODE in the noise (Lu et al. 2022, DPM-Solver).</summary>
    public const string Noise = "dpmsolver";

    /// <summary>Of the ODE in the clean sample (Lu et al. 2022, DPM-Solver++).</summary>
    public const string Data = "dpmsolver++";

    /// <summary>Of the SDE in the noise.</summary>
    public const string NoiseSde = "sde-dpmsolver";

    /// <summary>Of the SDE in the clean sample (Lu et al. 2022, DPM-Solver++, appendix B).</summary>
    public const string DataSde = "sde-dpmsolver++";
}

/// <summary>How a solver approximates a derivative, by name; a name of another class's counts as the class's own default.</summary>
internal static class SolverTypeNames
{
    public const string Midpoint = "midpoint";
    public const string Heun = "heun";
    public const string LogRho = "logrho";
    public const string Bh1 = "bh1";
    public const string Bh2 = "bh2";

    public static IReadOnlyCollection<string> All { get; } = [Bh1, Bh2, Heun, LogRho, Midpoint];
}
