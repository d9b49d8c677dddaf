using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics.Significance;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// p values of two classifiers of the same images without resampling, as much work reports them. They take images to be independent: with
/// several images of a patient they are too small, and the interval over patients is to be believed.
/// </summary>
/// <param name="task">Of the figures.</param>
internal sealed class PairedTestFigures(EvaluationRun run, string task)
{
    private const int Fewest = 2; // positives and negatives that have a variance

    /// <summary>DeLong's p of equal areas, <c>delong_p_NAME</c>; nothing where the test says nothing.</summary>
    /// <param name="one">Scores of the positives and of the negatives.</param>
    /// <param name="other">The other scores of the same images.</param>
    public void AddDeLong(string finding, string name, (IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) one,
        (IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) other)
    {
        if (one.Positives.Count < Fewest || one.Negatives.Count < Fewest)
            return;
        var p = DeLongTest.Compare(one, other).PValue;
        if (double.IsFinite(p))
            run.Add(FigureFactory.Create(task, finding, $"delong_p_{name}", p, one.Positives.Count + one.Negatives.Count));
    }

    /// <summary>McNemar's exact p of equally many errors, <c>mcnemar_p_NAME</c>.</summary>
    /// <param name="oneIsRight">By image, as is <paramref name="otherIsRight"/>.</param>
    public void AddMcNemar(string finding, string name, IReadOnlyList<bool> oneIsRight, IReadOnlyList<bool> otherIsRight) =>
        run.Add(FigureFactory.Create(
            task, finding, $"mcnemar_p_{name}", McNemarTest.Count(oneIsRight, otherIsRight).Exact().PValue, oneIsRight.Count));
}
