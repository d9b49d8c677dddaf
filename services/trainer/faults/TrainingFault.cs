namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>The judge's yes/no questions, in the order of its output heads.</summary>
public static class JudgeHeadQuestions
{
    public static IReadOnlyList<string> All { get; } =
        ["is_chest_xray", "is_human", "is_frontal", "is_good_quality", "is_clear_and_upright", "is_high_fidelity"];

    /// <summary>
    /// Which heads have negative examples in the data. It has no animal and no lateral view, so <c>is_human</c> and <c>is_frontal</c> can't
    /// be trained: they always answer yes, and the model card marks them as untrained.
    /// </summary>
    public static IReadOnlyList<bool> Trained { get; } = [true, false, false, true, true, true];
}

/// <summary>A way to spoil radiographs for training a judge, and the answers of its heads for the result.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Answers">The right answer of each head, or null where the fault does not determine it.</param>
/// <param name="Apply">Makes a spoilt image from good ones.</param>
public sealed record TrainingFault(string Name, IReadOnlyList<bool?> Answers, TrainingFaultMaker Apply);

/// <param name="good">Returns a good image, a new copy at each call.</param>
/// <param name="side">Side in pixels.</param>
/// <param name="random">Source of every random choice.</param>
public delegate float[] TrainingFaultMaker(Func<float[]> good, int side, SynCxr.Mesh.Torch.Training.RandomSource random);
