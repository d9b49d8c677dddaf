using System.CommandLine;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The options of <c>evaluate</c> that name data.</summary>
internal static class EvaluationDataOptions
{
    private const string LayoutNames = "folders (a folder a class), nih, chexpert, mimic, siim, rsna, masks, table, openi or dataset";

    private static readonly Option<string> _layout = new("--layout")
    {
        Description = $"How the data lie: {LayoutNames}.",
        DefaultValueFactory = _ => "folders",
    };
    private static readonly Option<string> _data = new("--data")
    {
        Description = "Folder of the radiographs to measure on (fine-tune: to learn from).",
        Required = true,
    };
    private static readonly Option<string> _labels = new("--labels")
    {
        Description = "Table of labels, CSV or CSV.gz.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _masks = new("--masks")
    {
        Description = "Folder of masks, of the same names as the radiographs.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _boxes = new("--boxes") { Description = "Table of boxes.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> _other = new("--other")
    {
        Description = "Second folder: thresholds (zero-shot), what is measured on (fine-tune), what is compared (distribution).",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLayout = new("--other-layout")
    {
        Description = "How the second folder lies. Default: as the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLabels = new("--other-labels")
    {
        Description = "The second folder's table of labels. Default: the first one's.",
        DefaultValueFactory = _ => "",
    };

    public static IReadOnlyList<Option> Options { get; } = [_layout, _data, _labels, _masks, _boxes, _other, _otherLayout, _otherLabels];

    public static DataSource ReadDataSource(ParseResult parsed) => new()
    {
        Layout = parsed.GetValue(_layout)!,
        Folder = Path.GetFullPath(parsed.GetValue(_data)!),
        Labels = FullPathOrEmpty(parsed.GetValue(_labels)!),
        Masks = FullPathOrEmpty(parsed.GetValue(_masks)!),
        Boxes = FullPathOrEmpty(parsed.GetValue(_boxes)!),
    };

    /// <summary>Null where no second folder was named.</summary>
    public static DataSource? ReadOtherDataSource(ParseResult parsed)
    {
        if (parsed.GetValue(_other)!.Length == 0)
            return null;
        var (layout, labels) = (parsed.GetValue(_otherLayout)!, parsed.GetValue(_otherLabels)!);
        return new DataSource
        {
            Layout = layout.Length > 0 ? layout : parsed.GetValue(_layout)!,
            Folder = Path.GetFullPath(parsed.GetValue(_other)!),
            Labels = FullPathOrEmpty(labels.Length > 0 || layout.Length > 0 ? labels : parsed.GetValue(_labels)!),
        };
    }

    private static string FullPathOrEmpty(string path) => path.Length > 0 ? Path.GetFullPath(path) : "";
}
