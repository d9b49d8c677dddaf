namespace SynCxr.Mesh.Evaluator.Classifiers;

/// <summary>Logistic regression of a few features by Newton's method (iteratively reweighted least squares).</summary>
internal static class LogisticRegression
{
    /// <returns>The intercept, then a weight a feature.</returns>
    /// <param name="ridge">Ridge penalty on the squared weights per row, the intercept excluded.</param>
    public static double[] Fit(IReadOnlyList<double[]> rows, IReadOnlyList<bool> answers, double ridge, int steps)
    {
        var width = rows[0].Length + 1;
        var weights = new double[width];
        for (var step = 0; step < steps; step++)
        {
            var gradient = new double[width];
            var hessian = new double[width, width];
            for (var i = 0; i < rows.Count; i++)
            {
                var probability = 1 / (1 + Math.Exp(-LogOdds(weights, rows[i])));
                for (var a = 0; a < width; a++)
                {
                    gradient[a] += ((answers[i] ? 1 : 0) - probability) * At(rows[i], a);
                    for (var b = 0; b < width; b++)
                        hessian[a, b] += probability * (1 - probability) * At(rows[i], a) * At(rows[i], b);
                }
            }

            for (var a = 1; a < width; a++)
            {
                gradient[a] -= ridge * rows.Count * weights[a];
                hessian[a, a] += ridge * rows.Count;
            }

            var move = Solve(hessian, gradient);
            for (var a = 0; a < width; a++)
                weights[a] += move[a];
            if (move.Max(Math.Abs) < 1e-10)
                break;
        }

        return weights;
    }

    public static double LogOdds(double[] weights, double[] row)
    {
        var sum = weights[0];
        for (var k = 0; k < row.Length; k++)
            sum += weights[k + 1] * row[k];
        return sum;
    }

    private static double At(double[] row, int k) => k == 0 ? 1 : row[k - 1];

    /// <summary>Gaussian elimination with pivots; the matrices are four by four.</summary>
    private static double[] Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        var (a, b) = ((double[,])matrix.Clone(), (double[])right.Clone());
        for (var column = 0; column < n; column++)
        {
            var pivot = Enumerable.Range(column, n - column).MaxBy(r => Math.Abs(a[r, column]));
            for (var k = 0; k < n; k++)
                (a[column, k], a[pivot, k]) = (a[pivot, k], a[column, k]);
            (b[column], b[pivot]) = (b[pivot], b[column]);
            for (var r = column + 1; r < n; r++)
            {
                var factor = a[r, column] / a[column, column];
                for (var k = column; k < n; k++)
                    a[r, k] -= factor * a[column, k];
                b[r] -= factor * b[column];
            }
        }

        for (var r = n - 1; r >= 0; r--)
        {
            for (var k = r + 1; k < n; k++)
                b[r] -= a[r, k] * b[k];
            b[r] /= a[r, r];
        }

        return b;
    }
}
