using System.CommandLine;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The options of <c>evaluate</c> that name the data to measure on.</summary>
internal static class EvaluationDataOptions
{
    private const string LayoutNames =
        "folders (one folder for each class), nih, chexpert, mimic, siim, rsna, masks, table, openi or dataset";

    private static readonly Option<string> LayoutOption = new("--layout")
    {
        Description = $"Layout of the data folder: {LayoutNames}.",
        DefaultValueFactory = _ => "folders",
    };
    private static readonly Option<string> DataOption = new("--data")
    {
        Description = "Folder of radiographs to measure on; with fine-tune, to train on.",
        Required = true,
    };
    private static readonly Option<string> LabelsOption = new("--labels")
    {
        Description = "Table of labels: CSV or CSV.gz, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> MasksOption = new("--masks")
    {
        Description = "Folder of segmentation masks, whose files are named as the radiographs are.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> BoxesOption = new("--boxes") 
    {
        Description = "Table of bounding boxes, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> OtherOption = new("--other")
    {
        Description = "Second folder: to choose thresholds on (zero-shot), to measure on (fine-tune), or to compare with (distribution).",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> OtherLayoutOption = new("--other-layout")
    {
        Description = "Layout of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> OtherLabelsOption = new("--other-labels")
    {
        Description = "Table of labels of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };

    public static IReadOnlyList<Option> Options { get; } =
        [LayoutOption, DataOption, LabelsOption, MasksOption, BoxesOption, OtherOption, OtherLayoutOption, OtherLabelsOption];

    public static DataSource ReadDataSource(ParseResult parsed) => new()
    {
        Layout = parsed.GetValue(LayoutOption)!,
        Name = Path.GetFullPath(parsed.GetValue(DataOption)!),
        Labels = FullPathOrEmpty(parsed.GetValue(LabelsOption)!),
        Masks = FullPathOrEmpty(parsed.GetValue(MasksOption)!),
        Boxes = FullPathOrEmpty(parsed.GetValue(BoxesOption)!),
    };

    /// <summary>The second folder; null where none was given.</summary>
    public static DataSource? ReadOtherDataSource(ParseResult parsed)
    {
        if (parsed.GetValue(OtherOption)!.Length == 0)
            return null;
        var layout = parsed.GetValue(OtherLayoutOption)!;
        var labels = parsed.GetValue(OtherLabelsOption)!;
        return new DataSource
        {
            Layout = layout.Length > 0 ? layout : parsed.GetValue(LayoutOption)!,
            Name = Path.GetFullPath(parsed.GetValue(OtherOption)!),
            Labels = FullPathOrEmpty(labels.Length > 0 || layout.Length > 0 ? labels : parsed.GetValue(LabelsOption)!),
        };
    }

    private static string FullPathOrEmpty(string path) => path.Length > 0 ? Path.GetFullPath(path) : "";
}
