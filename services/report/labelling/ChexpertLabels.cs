namespace SynCxr.Mesh.Report.Labelling;

/// <summary>What a report says of one of the 14 labels.</summary>
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
}
