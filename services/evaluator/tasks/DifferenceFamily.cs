using System.Globalization;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Significance;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// The differences that one page shows: with so many, some look large by chance, so their p values are corrected together (Holm 1979). The
/// family is all of them, whatever came out.
/// </summary>
internal sealed class DifferenceFamily(EvaluationRun run, string task)
{
    private const double Level = 0.05;
    private readonly List<(string Finding, string Name, DifferenceTest Test, long N)> _differences = [];

    /// <param name="name">Of what differs: the figures are auc_difference_NAME, p_difference_NAME and p_holm_difference_NAME.</param>
    public void Add(string finding, string name, DifferenceTest difference, long n)
    {
        _differences.Add((finding, name, difference, n));
        run.Add(FigureFactory.Create(task, finding, $"auc_difference_{name}", difference.Interval, n));
        run.Add(FigureFactory.Create(task, finding, $"p_difference_{name}", difference.PValue, n));
    }

    /// <summary>Adds the corrected p values, and a note that says which differences survive.</summary>
    public void Close()
    {
        var corrected = PValueCorrections.Holm([.. _differences.Select(d => d.Test.PValue)]);
        for (var i = 0; i < corrected.Length; i++)
            run.Add(FigureFactory.Create(
                task, _differences[i].Finding, $"p_holm_difference_{_differences[i].Name}", corrected[i], _differences[i].N));
        string[] survivors = [.. _differences.Zip(corrected).Where(d => d.Second <= Level)
            .Select(d => string.Create(CultureInfo.InvariantCulture,
                $"{d.First.Finding}, {d.First.Name} ({d.First.Test.Interval.Value:+0.000;-0.000}, p {d.Second:0.0000})"))];
        run.AddNote(string.Create(CultureInfo.InvariantCulture,
            $"Family of {_differences.Count} differences, p values by bootstrap, corrected together by Holm's method (p_holm). At "
                + $"{Level} survive: {(survivors.Length > 0 ? string.Join("; ", survivors) : "none")}."));
    }
}
