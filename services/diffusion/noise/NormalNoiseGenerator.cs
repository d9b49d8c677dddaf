namespace SynCxr.Mesh.Diffusion.Noise;

/// <summary>
/// Standard normal noise as a pure function of (seed, stream, position): no state, so neither batch nor order nor device can change it.
/// Only additions, products, quotients and square roots are used, so that it is the same on every machine.
/// </summary>
public static class NormalNoiseGenerator
{
    private static ReadOnlySpan<double> A =>
        [3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4, 4.5921953931549871457e+4,
            6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3];
    private static ReadOnlySpan<double> B =>
        [1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
            3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3];
    private static ReadOnlySpan<double> C =>
        [1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
            2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4];
    private static ReadOnlySpan<double> D =>
        [1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
            1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9];

    /// <summary>Fills with N(0, 1) values; element i depends on seed, stream and i alone.</summary>
    /// <param name="seed">Seed of the image.</param>
    /// <param name="stream">Number of the tensor, for several tensors of one seed.</param>
    /// <param name="destination">Row-major tensor of any shape.</param>
    public static void Fill(ulong seed, ulong stream, Span<float> destination)
    {
        var key = ((uint)seed, (uint)(seed >> 32));
        for (var i = 0; i < destination.Length; i += 4)
        {
            var (x, y, z, w) = PhiloxGenerator.RandomWords(((uint)(i >> 2), 0, (uint)stream, (uint)(stream >> 32)), key);
            destination[i] = ToNormal(x);
            if (i + 1 < destination.Length)
                destination[i + 1] = ToNormal(y);
            if (i + 2 < destination.Length)
                destination[i + 2] = ToNormal(z);
            if (i + 3 < destination.Length)
                destination[i + 3] = ToNormal(w);
        }
    }

    private static float ToNormal(uint word) => (float)Quantile((word + 0.5) / 4294967296.0);

    /// <summary>
    /// Inverse of the normal distribution function, relative error 1e-16 (Wichura, algorithm AS 241, PPND16), for
    /// p from 1.2e-11 to 1 - 1.2e-11; 32 random bits can't give a value in the tails beyond.
    /// </summary>
    internal static double Quantile(double p)
    {
        var q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            var central = 0.180625 - (q * q);
            return q * Polynomial(A, central) / Polynomial(B, central);
        }
        var r = Math.Sqrt(-NaturalLog(q < 0 ? p : 1 - p)) - 1.6;
        var tail = Polynomial(C, r) / Polynomial(D, r);
        return q < 0 ? -tail : tail;
    }

    private static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        var sum = 0.0;
        for (var i = coefficients.Length - 1; i >= 0; i--)
            sum = (sum * x) + coefficients[i];
        return sum;
    }

    // ln(m * 2^e) = e ln 2 + 2 artanh((m - 1) / (m + 1)), with m within a factor sqrt(2) of 1. Math.Log calls the C library, which rounds
    // differently on other systems.
    internal static double NaturalLog(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var sum = 0.0;
        for (var k = 23; k >= 1; k -= 2)
            sum = (sum * square) + (1.0 / k);
        return (exponent * 0.693147180559945309417) + (2 * s * sum);
    }
}
