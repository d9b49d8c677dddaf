using System.CommandLine;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The options of <c>evaluate</c> that name the data to measure on.</summary>
internal static class EvaluationDataOptions
{
    private const string LayoutNames =
        "folders (one folder for each class), nih, chexpert, mimic, mimic-jpg, ms-cxr, siim, rsna, vindr, padchest, chestxdet10, covidx, "
            + "tbx11k, brax, shenzhen-montgomery, masks, table, openi or dataset";

    private static readonly Option<string> _layoutOption = new("--layout")
    {
        HelpName = "layout",
        Description = $"Layout of the data folder: {LayoutNames}.",
        DefaultValueFactory = _ => "folders",
    };
    private static readonly Option<string> _dataOption = new("--data")
    {
        HelpName = "folder",
        Description = "Folder of radiographs to measure on; with fine-tune, to train on. Or its name: data/ROOT/PATH, datasets/ID.",
        Required = true,
    };
    private static readonly Option<string> _labelsOption = new("--labels")
    {
        HelpName = "file",
        Description = "Table of labels: CSV or CSV.gz, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _masksOption = new("--masks")
    {
        HelpName = "folder",
        Description = "Folder of segmentation masks, whose files are named as the radiographs are.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _boxesOption = new("--boxes")
    {
        HelpName = "file",
        Description = "Table of bounding boxes, where the layout has one.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _viewsOption = CreateSetting("--views", DataSettingTexts.Views);
    private static readonly Option<string> _ratersOption = CreateSetting("--raters", DataSettingTexts.Raters);
    private static readonly Option<string> _duplicatesOption = CreateSetting("--duplicates", DataSettingTexts.Duplicates);
    private static readonly Option<string> _badFilesOption = CreateSetting("--bad-files", DataSettingTexts.BadFiles);
    private static readonly Option<string> _splitOption = CreateSetting("--split", DataSettingTexts.Split);
    private static readonly Option<string> _otherOption = new("--other")
    {
        HelpName = "folder",
        Description = "Second folder: to choose thresholds on (zero-shot), to measure on (fine-tune), or to compare with (distribution).",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLayoutOption = new("--other-layout")
    {
        HelpName = "layout",
        Description = "Layout of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _otherLabelsOption = new("--other-labels")
    {
        HelpName = "file",
        Description = "Table of labels of the second folder. Default: that of the first.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> _otherSplitOption = CreateSetting("--other-split", "Part of the second folder's own split.");

    public static IReadOnlyList<Option> Options { get; } =
        [_layoutOption, _dataOption, _labelsOption, _masksOption, _boxesOption, _viewsOption, _ratersOption, _duplicatesOption,
            _badFilesOption, _splitOption, _otherOption, _otherLayoutOption, _otherLabelsOption, _otherSplitOption];

    /// <summary>The options of the second folder.</summary>
    public static IReadOnlyList<Option> OptionsOfOther { get; } = [_otherOption, _otherLayoutOption, _otherLabelsOption, _otherSplitOption];

    /// <summary>Refuses options of a second folder where none is given.</summary>
    public static void ValidateOptionUse(ParseResult parsed)
    {
        if (!OptionUseValidator.IsTyped(parsed, _otherOption))
            OptionUseValidator.ThrowIfTyped(parsed, $"without {_otherOption.Name}", _otherLayoutOption, _otherLabelsOption,
                _otherSplitOption);
    }

    /// <summary>Adds the options that the fields of a task's data come from.</summary>
    /// <param name="task">Path of the task in the request.</param>
    /// <param name="options">Options by the path of a field.</param>
    public static void AddFieldOptions(string task, Dictionary<string, string> options)
    {
        foreach (var field in new[] { "data", "train", "real" })
        {
            options[$"{task}.{field}"] = _dataOption.Name;
            options[$"{task}.{field}.name"] = _dataOption.Name;
            options[$"{task}.{field}.layout"] = _layoutOption.Name;
            options[$"{task}.{field}.labels"] = _labelsOption.Name;
            options[$"{task}.{field}.masks"] = _masksOption.Name;
            options[$"{task}.{field}.boxes"] = _boxesOption.Name;
            options[$"{task}.{field}.split"] = _splitOption.Name;
            AddSettingOptions($"{task}.{field}", options);
        }

        foreach (var field in new[] { "validation", "test", "other" })
        {
            options[$"{task}.{field}"] = _otherOption.Name;
            options[$"{task}.{field}.name"] = _otherOption.Name;
            options[$"{task}.{field}.layout"] = _otherLayoutOption.Name;
            options[$"{task}.{field}.labels"] = _otherLabelsOption.Name;
            options[$"{task}.{field}.split"] = _otherSplitOption.Name;
            AddSettingOptions($"{task}.{field}", options);
        }
    }

    public static DataSource ReadDataSource(ParseResult parsed, DataArgumentResolver names) => new()
    {
        Layout = parsed.GetValue(_layoutOption)!,
        Name = Resolve(parsed, _dataOption, names),
        Labels = Resolve(parsed, _labelsOption, names),
        Masks = Resolve(parsed, _masksOption, names),
        Boxes = Resolve(parsed, _boxesOption, names),
        Views = parsed.GetValue(_viewsOption)!,
        Raters = parsed.GetValue(_ratersOption)!,
        Duplicates = parsed.GetValue(_duplicatesOption)!,
        BadFiles = parsed.GetValue(_badFilesOption)!,
        Split = parsed.GetValue(_splitOption)!,
    };

    /// <summary>The second folder; null where none was given.</summary>
    public static DataSource? ReadOtherDataSource(ParseResult parsed, DataArgumentResolver names)
    {
        if (parsed.GetValue(_otherOption)!.Length == 0)
            return null;
        var layout = parsed.GetValue(_otherLayoutOption)!;
        var labels = parsed.GetValue(_otherLabelsOption)!;
        return new DataSource
        {
            Layout = layout.Length > 0 ? layout : parsed.GetValue(_layoutOption)!,
            Name = Resolve(parsed, _otherOption, names),
            Labels = Resolve(parsed, labels.Length > 0 || layout.Length > 0 ? _otherLabelsOption : _labelsOption, names),
            Views = parsed.GetValue(_viewsOption)!,
            Raters = parsed.GetValue(_ratersOption)!,
            Duplicates = parsed.GetValue(_duplicatesOption)!,
            BadFiles = parsed.GetValue(_badFilesOption)!,
            Split = parsed.GetValue(_otherSplitOption)!,
        };
    }

    /// <summary>The settings that both folders share.</summary>
    private static void AddSettingOptions(string source, Dictionary<string, string> options)
    {
        foreach (var (field, option) in new[] { ("views", _viewsOption), ("raters", _ratersOption), ("duplicates", _duplicatesOption),
            ("bad_files", _badFilesOption) })
            options[$"{source}.{field}"] = option.Name;
    }

    private static Option<string> CreateSetting(string name, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => "",
    };

    private static string Resolve(ParseResult parsed, Option<string> option, DataArgumentResolver names) =>
        names.Resolve(option.Name, parsed.GetValue(option)!);
}
