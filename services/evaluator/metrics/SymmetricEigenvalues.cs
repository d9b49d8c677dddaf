using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Matrices of feature rows in float64, by MathNet's managed code on one thread: the same rows give the same bits on every machine.
/// </summary>
internal static class SymmetricEigenvalues
{
    static SymmetricEigenvalues()
    {
        Control.UseManaged();
        Control.UseSingleThread();
    }

    /// <summary>Rows as a matrix [rows, width].</summary>
    public static Matrix<double> ToMatrix(IReadOnlyList<float[]> rows) =>
        Matrix<double>.Build.Dense(rows.Count, rows[0].Length, (i, k) => rows[i][k]);

    /// <summary>
    /// Eigenvalues of a symmetric matrix in rising order, rounding errors below 0 taken for 0, and its eigenvectors by column.
    /// </summary>
    public static (Vector<double> Values, Matrix<double> Vectors) Decompose(Matrix<double> symmetric)
    {
        var decomposition = symmetric.Evd(Symmetricity.Symmetric);
        return (decomposition.EigenValues.Map(v => Math.Max(0, v.Real), Zeros.Include), decomposition.EigenVectors);
    }

    /// <summary>The symmetric square root of a matrix that has no negative eigenvalues.</summary>
    public static Matrix<double> SquareRoot(Matrix<double> symmetric)
    {
        var (values, vectors) = Decompose(symmetric);
        return vectors.MapIndexed((_, column, value) => value * Math.Sqrt(values[column]), Zeros.Include).TransposeAndMultiply(vectors);
    }
}
