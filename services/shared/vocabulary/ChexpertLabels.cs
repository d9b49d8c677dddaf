using System.Text.Json;

namespace SynCxr.Mesh.Vocabulary;

/// <summary>
/// What a report says of one of the 14 labels, by the numbers that sealed data sets hold. There is no −1: usual loaders read it as a
/// missing label.
/// </summary>
public enum LabelValue
{
    Negative = 0,
    Positive = 1,
    Uncertain = 2,
    NotMentioned = 3,
}

/// <summary>The 14 labels in the order of the labeler's tables (Irvin et al. 2019).</summary>
public static class ChexpertLabels
{
    public const string NoFinding = "No Finding", EnlargedCardiomediastinum = "Enlarged Cardiomediastinum", Cardiomegaly = "Cardiomegaly",
        SupportDevices = "Support Devices";

    public static IReadOnlyList<string> All { get; } =
    [
        NoFinding, EnlargedCardiomediastinum, Cardiomegaly, "Lung Lesion", "Lung Opacity", "Edema", "Consolidation", "Pneumonia",
        "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture", SupportDevices,
    ];

    /// <summary>Names of the values in the order of their numbers, in snake case.</summary>
    public static IReadOnlyList<string> ValueNames { get; } =
        [.. Enum.GetNames<LabelValue>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>The label as a key of sealed data sets: <c>pleural_effusion</c>.</summary>
    public static string KeyOf(string label) => label.Replace(' ', '_').ToLowerInvariant();
}
