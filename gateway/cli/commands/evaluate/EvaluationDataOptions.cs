using System.CommandLine;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The options of <c>evaluate</c> that name data.</summary>
internal static class EvaluationDataOptions
{
    private const string LayoutNames = "folders (a folder a class), nih, chexpert, mimic, siim, rsna, masks, table, openi or dataset";

    private static readonly Option<string> LayoutOption = new("--layout")
    {
        Description = $"How the data lie: {LayoutNames}.",
        DefaultValueFactory = _ => "folders",
    };
    private static readonly Option<string> DataOption = new("--data")
    {
        Description = "Folder of the radiographs to measure on (fine-tune: to learn from).",
        Required = true,
    };
    private static readonly Option<string> LabelsOption = new("--labels")
    {
        Description = "Table of labels, CSV or CSV.gz.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> MasksOption = new("--masks")
    {
        Description = "Folder of masks, of the same names as the radiographs.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> BoxesOption = new("--boxes") { Description = "Table of boxes.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> OtherOption = new("--other")
    {
        Description = "Second folder: thresholds (zero-shot), what is measured on (fine-tune), what is compared (distribution).",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> OtherLayoutOption = new("--other-layout")
    {
        Description = "How the second folder lies. Default: as the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> OtherLabelsOption = new("--other-labels")
    {
        Description = "The second folder's table of labels. Default: the first one's.",
        DefaultValueFactory = _ => "",
    };

    public static IReadOnlyList<Option> Options { get; } = [LayoutOption, DataOption, LabelsOption, MasksOption, BoxesOption, OtherOption, OtherLayoutOption, OtherLabelsOption];

    public static DataSource ReadDataSource(ParseResult parsed) => new()
    {
        Layout = parsed.GetValue(LayoutOption)!,
        Folder = Path.GetFullPath(parsed.GetValue(DataOption)!),
        Labels = FullPathOrEmpty(parsed.GetValue(LabelsOption)!),
        Masks = FullPathOrEmpty(parsed.GetValue(MasksOption)!),
        Boxes = FullPathOrEmpty(parsed.GetValue(BoxesOption)!),
    };

    /// <summary>Null where no second folder was named.</summary>
    public static DataSource? ReadOtherDataSource(ParseResult parsed)
    {
        if (parsed.GetValue(OtherOption)!.Length == 0)
            return null;
        var (layout, labels) = (parsed.GetValue(OtherLayoutOption)!, parsed.GetValue(OtherLabelsOption)!);
        return new DataSource
        {
            Layout = layout.Length > 0 ? layout : parsed.GetValue(LayoutOption)!,
            Folder = Path.GetFullPath(parsed.GetValue(OtherOption)!),
            Labels = FullPathOrEmpty(labels.Length > 0 || layout.Length > 0 ? labels : parsed.GetValue(LabelsOption)!),
        };
    }

    private static string FullPathOrEmpty(string path) => path.Length > 0 ? Path.GetFullPath(path) : "";
}
