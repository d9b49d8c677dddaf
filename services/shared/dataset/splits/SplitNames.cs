namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>The splits of a data set.</summary>
public static class SplitNames
{
    /// <summary>To train on. All pairs of a data set without splits are in it.</summary>
    public const string Train = "train";

    /// <summary>To choose among models with.</summary>
    public const string Valid = "valid";

    /// <summary>To measure with.</summary>
    public const string Test = "test";

    /// <summary>In the order of their shares in a spec.</summary>
    public static IReadOnlyList<string> All { get; } = [Train, Valid, Test];
}
