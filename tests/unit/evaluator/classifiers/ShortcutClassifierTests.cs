using SynCxr.Mesh.Evaluator.Classifiers;
using SynCxr.Mesh.Evaluator.Metrics;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Classifiers;

public sealed class ShortcutClassifierTests
{
    [Fact]
    public void Features_BarsAtTheSides_ShowInBorderAspectAndMean()
    {
        var image = new float[64 * 64];
        for (var i = 0; i < image.Length; i++)
            image[i] = i % 64 is >= 16 and < 48 ? 0.5f : 0f;

        var features = ShortcutClassifier.Features(image);

        Assert.Equal(64 * 0.5 / 252, features[0], 6); // 32 pixels above, 32 below, of 252
        Assert.Equal(0.5, features[1], 6);
        Assert.Equal(0.25, features[2], 6);
    }

    [Fact]
    public void Fit_BrighterPositives_TellsOthersApart()
    {
        static float[] Flat(double shade, int seed) =>
            [.. Enumerable.Range(0, 4096).Select(i => (float)(shade + 0.05 * new Random(seed + i).NextDouble()))];
        var shortcut = ShortcutClassifier.Fit([.. Enumerable.Range(0, 8).Select(i => Flat(0.5 + 0.02 * i, i))],
            [.. Enumerable.Range(0, 8).Select(i => Flat(0.4 - 0.02 * i, 99 + i))]);

        Assert.Equal(1, RocAuc.Calculate(shortcut.Score([Flat(0.55, 1), Flat(0.6, 2)]), shortcut.Score([Flat(0.3, 3), Flat(0.35, 4)])));
    }

    [Fact]
    public void LogisticRegression_OneYesNoFeature_IsTheLogOddsOfTheTable()
    {
        // Feature 0: 1 of 4 yes; feature 1: 3 of 4 yes. Intercept ln(1/3), weight ln 9.
        double[][] rows = [[0], [0], [0], [0], [1], [1], [1], [1]];
        bool[] answers = [true, false, false, false, true, true, true, false];

        var weights = LogisticRegression.Fit(rows, answers, ridge: 0, steps: 50);

        Assert.Equal(Math.Log(1.0 / 3), weights[0], 8);
        Assert.Equal(Math.Log(9), weights[1], 8);
    }
}
