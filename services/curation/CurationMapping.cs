using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Curation;

/// <summary>Maps verdicts, likenesses and the judge to the messages of the contract.</summary>
internal static class CurationMapping
{
    public static CurationVerdict ToVerdict(Verdict verdict, Producer judge)
    {
        var mapped = new CurationVerdict
        {
            Accepted = verdict.Accepted,
            Reasons = { verdict.Reasons },
            Answers =
            {
                verdict.Answers.Select(ToAnswer),
            },
            Likenesses = { verdict.Likenesses.Select(ToLikeness) },
            Judge = judge,
        };
        if (verdict.IsMemorisationUnchecked)
            mapped.Memorisation = ResolvedCuration.NotChecked;
        if (verdict.ServedModel is { } served)
            mapped.ServedModel = served;
        if (verdict.Alignment is { } alignment)
            mapped.Alignment = ToAlignment(alignment);
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

    private static ReportAlignment ToAlignment(AlignmentResult alignment)
    {
        var mapped = new ReportAlignment
        {
            Similarity = alignment.Similarity,
            Refused = alignment.IsRejected,
            Truncated = alignment.IsTruncated,
            Model = alignment.Model,
        };
        if (alignment.Threshold is { } threshold)
            mapped.Threshold = threshold;
        return mapped;
    }

    /// <summary>The producer of a chat model's verdict, whose likenesses are by the features of <paramref name="features"/>.</summary>
    public static Producer ToProducer(ChatJudge judge, JudgeModel features) =>
        new() { Model = judge.Name, Version = judge.Version, Digest = judge.DigestWith(features), Engine = judge.Name };

    /// <summary>The producer of a verdict; the seed stays 0, because a judge uses no random numbers.</summary>
    public static Producer ToProducer(JudgeModel judge, string engine) =>
        new() { Model = judge.Card.Name, Version = judge.Card.Version, Digest = judge.Digest, Engine = engine };

    /// <summary>A chat judge: likenesses, their thresholds and what it can compare with are those of the loaded judge.</summary>
    public static ModelDescription ToModelDescription(ChatJudge chat, LoadedJudge models)
    {
        var description = ToModelDescription(models);
        var producer = ToProducer(chat, models.Judge);
        description.Name = producer.Model;
        description.Version = producer.Version;
        description.Digest = producer.Digest;
        description.Engine = producer.Engine;
        description.Deterministic = false;
        description.Prompts = new PromptSet { Version = JudgeQuestions.Set.Version, Digest = JudgeQuestions.Set.Digest };
        description.Untrained.Clear();
        description.Thresholds.Questions.Clear();
        foreach (var question in JudgeQuestions.All)
            description.Thresholds.Questions[question.Name] = ChatJudge.Threshold;
        return description;
    }

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

    private static QualityAnswer ToAnswer(QuestionAnswer answer)
    {
        var mapped = new QualityAnswer
        {
            Question = answer.Question,
            Yes = answer.IsYes,
            Score = answer.Score,
            Threshold = answer.Threshold,
            Untrained = answer.IsUntrained,
        };
        if (answer.IsInconclusive)
            mapped.Inconclusive = true;
        if (answer.Said is { } said)
            mapped.Said = said;
        return mapped;
    }
}
