using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Curation;

/// <summary>Maps verdicts, likenesses and the judge to the messages of the contract.</summary>
internal static class CurationMapping
{
    public static CurationVerdict ToVerdict(Verdict verdict, JudgeModel judge)
    {
        var mapped = new CurationVerdict
        {
            Accepted = verdict.Accepted,
            Reasons = { verdict.Reasons },
            Answers =
            {
                verdict.Answers.Select(
                    a => new QualityAnswer
                    {
                        Question = a.Question,
                        Yes = a.IsYes,
                        Score = a.Score,
                        Threshold = a.Threshold,
                        Untrained = a.IsUntrained,
                    }),
            },
            Likenesses = { verdict.Likenesses.Select(ToLikeness) },
            Judge = ToProducer(judge, JudgeModel.EngineName),
        };
        if (verdict.IsMemorisationUnchecked)
            mapped.Memorisation = ResolvedCuration.NotChecked;
        return mapped;
    }

    public static V1.Likeness ToLikeness(LikenessResult resemblance) => new()
    {
        Check = resemblance.Check,
        Similarity = resemblance.Similarity,
        Threshold = resemblance.Threshold,
        Nearest = resemblance.Nearest,
        Refused = resemblance.IsRejected,
    };

    /// <summary>The producer of a verdict; the seed stays 0, because a judge uses no random numbers.</summary>
    public static Producer ToProducer(JudgeModel judge, string engine) =>
        new() { Model = judge.Card.Name, Version = judge.Card.Version, Digest = judge.Digest, Engine = engine };

    public static ModelDescription ToModelDescription(LoadedJudge models)
    {
        var judge = models.Judge;
        var description = new ModelDescription
        {
            Name = judge.Card.Name,
            Version = judge.Card.Version,
            Kind = ModelKindMapping.ToProto(judge.Card.Kind),
            Digest = judge.Digest,
            Engine = JudgeModel.EngineName,
            Deterministic = judge.Deterministic,
            Fingerprint = judge.Fingerprint,
            Licence = judge.Card.Licence,
            TrainedOn = { ModelKindMapping.ToProto(judge.Card.TrainedOn) },
            Attribution = { judge.Card.Attribution },
            Untrained = { judge.Settings.Heads.Where(h => !h.Trained).Select(h => h.Question) },
            Thresholds = new JudgeThresholds
            {
                BadBank = judge.Settings.BadSimilarity,
                Memorised = judge.Settings.Memorised,
                NearDuplicate = judge.Settings.NearDuplicate,
            },
        };
        foreach (var head in judge.Settings.Heads)
            description.Thresholds.Questions[head.Question] = head.Threshold;
        foreach (var (generator, memory) in models.MemorisationIndexes)
            description.MemorisationChecks.Add(memory.Problem is { } problem
                ? new MemorisationCheck { Generator = generator, HasIndex = true, Problem = problem }
                : new MemorisationCheck
                {
                    Generator = generator,
                    HasIndex = true,
                    TrainingImages = memory.Count,
                    IndexDigest = memory.Digest,
                });
        foreach (var generator in models.GeneratorsWithoutIndex)
            description.MemorisationChecks.Add(new MemorisationCheck
            {
                Generator = generator,
                Problem = "There is no index of its training images here: memorisation is not checked.",
            });
        foreach (var generator in models.UntrainedGenerators)
            description.MemorisationChecks.Add(new MemorisationCheck { Generator = generator, HasIndex = true });
        return description;
    }
}
