using System.Globalization;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Calls;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Evaluations;

/// <summary>An evaluation of very many figures still fits one answer.</summary>
public sealed class EvaluationMappingTests
{
    [Fact]
    public void Shorten_MoreFiguresThanAnAnswerTakes_KeepsTheFirstAndSaysHowManyAreMissing()
    {
        var evaluation = CreateEvaluation(figures: 40_000);
        var first = evaluation.Figures.Take(10).ToList();

        var shortened = EvaluationMapping.Shorten(evaluation);

        Assert.InRange(shortened.CalculateSize(), 1, AnswerPage.MaxMessageBytes);
        Assert.Equal(first, shortened.Figures.Take(10));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{40_000 - shortened.Figures.Count} of 40000 figures"),
            Assert.Single(shortened.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Shorten_UsualEvaluation_StaysAsItIs()
    {
        var evaluation = CreateEvaluation(figures: 400);

        Assert.Equal(evaluation.Clone(), EvaluationMapping.Shorten(evaluation));
    }

    private static Evaluation CreateEvaluation(int figures) => new()
    {
        Figures =
        {
            Enumerable.Range(0, figures).Select(i => new Figure
            {
                Task = "zero_shot",
                Finding = string.Create(CultureInfo.InvariantCulture, $"disease/{i}-{new string('x', 60)}"),
                Metric = "auc",
                Value = 0.5,
                Low = 0.4,
                High = 0.6,
                N = 100,
            }),
        },
    };
}
