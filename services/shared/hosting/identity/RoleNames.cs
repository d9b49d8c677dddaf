namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>What a caller may do. The roles don't contain each other: a caller has each one that it needs.</summary>
public static class RoleNames
{
    /// <summary>See what the tenant has: data sets, files, trainings, evaluations, models. Choose it for viewers.</summary>
    public const string Read = "read";

    /// <summary>Make reports, images, verdicts, vocabularies and data sets. Choose it for whoever makes data.</summary>
    public const string Generate = "generate";

    /// <summary>Train and evaluate models, which takes a device for hours. Choose it for few.</summary>
    public const string Train = "train";

    /// <summary>
    /// What concerns the whole process: metrics on the call port, and methods that this version doesn't know. Choose it for operators.
    /// </summary>
    public const string Operate = "operate";

    public static IReadOnlyList<string> All { get; } = [Read, Generate, Train, Operate];
}
