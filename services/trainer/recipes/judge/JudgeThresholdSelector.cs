using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Faults;
using SynCxr.Mesh.Trainer.Networks;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>Chooses a judge's thresholds on held-out real radiographs, and measures how many spoilt ones they reject.</summary>
internal static class JudgeThresholdSelector
{
    private const int SpoiltPerKind = 100;

    /// <summary>
    /// Quantile of real radiographs' similarity, to the nearest bad or other image, that a similarity threshold is set at.
    /// </summary>
    private const double LikenessQuantile = 0.999;

    public static (JudgeCard Card, Dictionary<string, double> Figures) Select(
        QualityJudgePreset preset, ImageSet held, QualityJudgeNetwork judge, HalfMatrix bank, double falseRejects, ulong seed)
    {
        var random = RandomSource.Create(seed, "thresholds", 0);
        var good = JudgeInference.Run(judge, [.. Enumerable.Range(0, held.Images.Count).Select(held.UnitPixels)]);
        var elsewhere = JudgeInference.Run(judge,
            [.. Enumerable.Range(0, held.Images.Count).Select(i => DomainShiftAugmentation.Apply(held.UnitPixels(i), held.Side, random))]);
        JudgeHead[] heads =
        [
            .. JudgeHeadQuestions.All.Select((q, head) => new JudgeHead
            {
                Question = q,
                Trained = JudgeHeadQuestions.Trained[head],
                Threshold = JudgeHeadQuestions.Trained[head]
                    ? Math.Clamp(Quantile(good.Probabilities.Concat(elsewhere.Probabilities).Select(p => (double)p[head]), falseRejects),
                        0.02, 0.9) : 0.5,
            }),
        ];
        double[] toBank = [.. JudgeInference.NearestCosines(good.Embeddings, bank),
            .. JudgeInference.NearestCosines(elsewhere.Embeddings, bank)];
        var toOthers = JudgeInference.NearestCosines(good.Embeddings, good.Embeddings);
        var likeness = Math.Clamp(Quantile(toOthers, LikenessQuantile), 0.5, 0.9999);
        var card = new JudgeCard
        {
            InputSize = preset.Network.InputSize,
            Embedding = preset.Network.Embedding,
            Heads = heads,
            BadSimilarity = Math.Clamp(Quantile(toBank, LikenessQuantile) + 0.005, 0.5, 0.9999),
            NearDuplicate = likeness,
            Memorised = likeness,
        };
        return (card, Measure(card, held, judge, bank, good, random));
    }

    public static IReadOnlyList<string> Notes(double falseRejects) =>
    [
        $"Each trained head's threshold is the {100 * falseRejects:0.0} % quantile of its probability on the held-out real radiographs, "
            + $"each as it is and as another place might have taken it, 0.9 at most; `bad_similarity` is the "
            + $"{100 * LikenessQuantile:0.0} % quantile of their cosine to the nearest known-bad image plus 0.005, `near_duplicate` "
            + $"and `memorised` that of their cosine to the "
            + "nearest other held-out radiograph, so that a similarity which two different real chests reach does not count as "
            + "a duplicate.",
        "`refused_...` is the share of held-out radiographs, spoilt in that way, that some head or the bank rejects.",
    ];

    /// <summary>True if every trained head says yes and no known-bad image is as near.</summary>
    public static bool Accepts(JudgeCard card, float[] probabilities, double toBank) =>
        toBank < card.BadSimilarity && card.Heads.Select((h, i) => !h.Trained || probabilities[i] >= h.Threshold).All(yes => yes);

    private static Dictionary<string, double> Measure(JudgeCard card, ImageSet held, QualityJudgeNetwork judge, HalfMatrix bank,
        JudgeOutputs good, RandomSource random)
    {
        var figures = new Dictionary<string, double> { ["accepted_real"] = Share(card, good, bank) };
        foreach (var kind in TrainingFaults.All)
        {
            var spoilt = JudgeInference.Run(judge,
                [.. Enumerable.Range(0, SpoiltPerKind).Select(_ => JudgeTrainer.ApplyFault(held, kind, random))]);
            figures["refused_" + kind.Name.Replace('-', '_')] = Math.Round(1 - Share(card, spoilt, bank), 4);
        }

        figures["refused_spoilt"] = Math.Round(TrainingFaults.All.Average(k => figures["refused_" + k.Name.Replace('-', '_')]), 4);
        return figures;
    }

    private static double Share(JudgeCard card, JudgeOutputs answers, HalfMatrix bank)
    {
        var toBank = JudgeInference.NearestCosines(answers.Embeddings, bank);
        return Math.Round(answers.Probabilities.Select((p, i) => Accepts(card, p, toBank[i]) ? 1.0 : 0).Average(), 4);
    }

    private static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Clamp(share * sorted.Length, 0, sorted.Length - 1)];
    }
}
