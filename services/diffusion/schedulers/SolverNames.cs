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
    /// <summary>The difference of the last two predictions (DPM-Solver, appendix C); the default of the DPM-Solvers.</summary>
    public const string Midpoint = "midpoint";

    /// <summary>Heun's weights of the same difference: other coefficients, the same order.</summary>
    public const string Heun = "heun";

    /// <summary>Exponential Adams-Bashforth in log(rho); the default of DEIS.</summary>
    public const string LogRho = "logrho";

    /// <summary>UniPC with B(h) = h: for unconditional models and fewer than ten steps.</summary>
    public const string Bh1 = "bh1";

    /// <summary>UniPC with B(h) = exp(h) - 1: the default, for all else.</summary>
    public const string Bh2 = "bh2";

    public static IReadOnlyCollection<string> All { get; } = [Bh1, Bh2, Heun, LogRho, Midpoint];
}
