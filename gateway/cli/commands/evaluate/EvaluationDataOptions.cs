using System.CommandLine;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The options of <c>evaluate</c> that name the data to measure on.</summary>
internal static class EvaluationDataOptions
{
    private const string LayoutNames =
        "folders (one folder for each class), nih, chexpert, mimic, siim, rsna, masks, table, openi or dataset";

    private static readonly Option<string> _layoutOption = new("--layout")
    {
        Description = $"Layout of the data folder: {LayoutNames}.",
        DefaultValueFactory = _ => "folders",
    };
    private static readonly Option<string> _dataOption = new("--data")
    {
        Description = "Folder of radiographs to measure on; with fine-tune, to train on.",
        Required = true,
    };
    private static readonly Option<string> _labelsOption = new("--labels")
    {
        Description = "Table of labels: CSV or CSV.gz, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _masksOption = new("--masks")
    {
        Description = "Folder of segmentation masks, whose files are named as the radiographs are.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _boxesOption = new("--boxes")
    {
        Description = "Table of bounding boxes, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherOption = new("--other")
    {
        Description = "Second folder: to choose thresholds on (zero-shot), to measure on (fine-tune), or to compare with (distribution).",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLayoutOption = new("--other-layout")
    {
        Description = "Layout of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLabelsOption = new("--other-labels")
    {
        Description = "Table of labels of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };

    public static IReadOnlyList<Option> Options { get; } =
        [_layoutOption, _dataOption, _labelsOption, _masksOption, _boxesOption, _otherOption, _otherLayoutOption, _otherLabelsOption];

    public static DataSource ReadDataSource(ParseResult parsed) => new()
    {
        Layout = parsed.GetValue(_layoutOption)!,
        Name = Path.GetFullPath(parsed.GetValue(_dataOption)!),
        Labels = FullPathOrEmpty(parsed.GetValue(_labelsOption)!),
        Masks = FullPathOrEmpty(parsed.GetValue(_masksOption)!),
        Boxes = FullPathOrEmpty(parsed.GetValue(_boxesOption)!),
    };

    /// <summary>The second folder; null where none was given.</summary>
    public static DataSource? ReadOtherDataSource(ParseResult parsed)
    {
        if (parsed.GetValue(_otherOption)!.Length == 0)
            return null;
        var layout = parsed.GetValue(_otherLayoutOption)!;
        var labels = parsed.GetValue(_otherLabelsOption)!;
        return new DataSource
        {
            Layout = layout.Length > 0 ? layout : parsed.GetValue(_layoutOption)!,
            Name = Path.GetFullPath(parsed.GetValue(_otherOption)!),
            Labels = FullPathOrEmpty(labels.Length > 0 || layout.Length > 0 ? labels : parsed.GetValue(_labelsOption)!),
        };
    }

    private static string FullPathOrEmpty(string path) => path.Length > 0 ? Path.GetFullPath(path) : "";
}
