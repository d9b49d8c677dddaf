using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using SynCxr.Mesh.Balancer.Specs;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>
/// The licence of a data set: that of its generator, as far as the generator's card names one that data set hubs know. Whatever it is,
/// <c>LICENSE.md</c> lists the licences of all models and whom to name.
/// </summary>
/// <param name="Identifier">As hubs spell it, or <c>other</c>.</param>
/// <param name="Name">The identifier, or what the card says.</param>
/// <param name="Link">Where its text stands.</param>
internal sealed record DatasetLicence(string Identifier, string Name, string Link)
{
    /// <summary>Name of the file with the licences of all models.</summary>
    public const string FileName = "LICENSE.md";

    private static readonly FrozenDictionary<string, string> _known = new Dictionary<string, string>
    {
        ["apache-2.0"] = "https://www.apache.org/licenses/LICENSE-2.0",
        ["cc0-1.0"] = "https://creativecommons.org/publicdomain/zero/1.0/",
        ["cc-by-4.0"] = "https://creativecommons.org/licenses/by/4.0/",
        ["cc-by-sa-4.0"] = "https://creativecommons.org/licenses/by-sa/4.0/",
        ["cc-by-nc-4.0"] = "https://creativecommons.org/licenses/by-nc/4.0/",
        ["cc-by-nc-sa-4.0"] = "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        ["cc-by-nc-nd-4.0"] = "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        ["creativeml-openrail-m"] = "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
        ["mit"] = "https://opensource.org/license/mit",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static DatasetLicence Find(ResolvedDataset dataset)
    {
        var named = dataset.GeneratorLicence?.ReplaceLineEndings(" ").Trim() ?? "";
        var identifier = named.ToLowerInvariant().Replace(' ', '-');
        return _known.TryGetValue(identifier, out var link)
            ? new DatasetLicence(identifier, identifier, link)
            : new DatasetLicence("other", named.Length > 0 ? named : "not stated", FileName);
    }

    /// <summary>The text of <see cref="FileName"/>.</summary>
    public string WriteFile(ResolvedDataset dataset)
    {
        var text = new StringBuilder("# Licences\n\n");
        text.Append("This data set was made by the models below. Its images come from the generator, whose licence it takes: ")
            .Append(CultureInfo.InvariantCulture, $"**{Name}**.\n\n| model | licence |\n|---|---|\n");
        foreach (var engine in dataset.Engines)
        {
            var licence = engine[ResolvedDataset.LicenceKey]?.ToString().ReplaceLineEndings(" ") ?? "that of the program";
            text.Append(CultureInfo.InvariantCulture, $"| {engine["model"]} | {licence} |\n");
        }


        var names = dataset.Engines.SelectMany(e => e[ResolvedDataset.AttributionKey]?.AsArray().Select(a => a!.ToString()) ?? [])
            .Distinct(StringComparer.Ordinal).ToList();
        if (names.Count > 0)
            text.Append("\nTo name where the data set, or a part of it, is passed on:\n\n");
        foreach (var name in names)
            text.Append(CultureInfo.InvariantCulture, $"- {name.ReplaceLineEndings(" ")}\n");
        return text.ToString();
    }
}
