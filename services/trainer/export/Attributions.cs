namespace SynCxr.Mesh.Trainer.Export;

/// <summary>The attribution that each known source of radiographs asks for.</summary>
internal static class Attributions
{
    private static readonly Dictionary<string, string> _known = new(StringComparer.Ordinal)
    {
        ["kermany"] = "Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification, "
            + "Mendeley Data, doi 10.17632/rscbjbr9sj, CC BY 4.0; resized to 224x224 by "
            + "github.com/szallik/Neural_networks_binary_classification",
        ["nih"] = "NIH Clinical Center, ChestX-ray14 (Wang et al., CVPR 2017), https://nihcc.app.box.com/v/ChestXray-NIHCC; "
            + "64x64 selection of github.com/dinbe0527/kcr2019d1",
        ["synthetic"] =
            "images and reports made by this project's own generator and report grammar, which were made from the two above and from "
            + "public label lists",
    };

    /// <summary>The source's short name, from the name of the folder it lies in.</summary>
    public static string ShortName(string source) =>
        _known.Keys.FirstOrDefault(k => source.StartsWith(k, StringComparison.OrdinalIgnoreCase)) ?? source;

    public static IReadOnlyList<string> ForSources(IEnumerable<string> sources) =>
        [.. sources.Select(s => _known.GetValueOrDefault(s, $"images of '{s}', given by whoever ran the training"))];

    public static string LicenceOf(IEnumerable<string> sources) => sources.All(_known.ContainsKey)
        ? "CC-BY-4.0" : "as the training images allow";
}
