namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>The judge's questions, in the order of its heads.</summary>
public static class JudgeHeadQuestions
{
    public static IReadOnlyList<string> All { get; } =
        ["is_chest_xray", "is_human", "is_frontal", "is_good_quality", "is_clear_and_upright", "is_high_fidelity"];

    /// <summary>
    /// Heads that have honest negatives in the data. There is no animal's chest and no lateral view in it, so
    /// <c>is_human</c> and <c>is_frontal</c> can't be learnt: they always answer yes and say that they are untrained.
    /// </summary>
    public static IReadOnlyList<bool> Trained { get; } = [true, false, false, true, true, true];
}

/// <summary>What is wrong with a made picture, and what that says about each head.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Answers">One a head: yes, no, or null where the fault says nothing about it.</param>
/// <param name="Apply">Makes one from good pictures.</param>
public sealed record TrainingFault(string Name, IReadOnlyList<bool?> Answers, TrainingFaultMaker Apply);

/// <param name="good">Picks a good picture, a fresh copy.</param>
/// <param name="side">Side in pixels.</param>
/// <param name="dice">Every choice.</param>
public delegate float[] TrainingFaultMaker(Func<float[]> good, int side, SynCxr.Mesh.Torch.Training.RandomSource dice);
