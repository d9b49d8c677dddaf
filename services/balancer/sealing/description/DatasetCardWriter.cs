using System.Globalization;
using System.Text;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Hub;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary><c>README.md</c>: the data set card, with the YAML head that data set hubs read.</summary>
internal static class DatasetCardWriter
{
    /// <param name="files">The shards and tables, closed.</param>
    public static string Write(
        ResolvedDataset dataset, string root, EntityUseStatistics use, DatasetFigures figures, IReadOnlyList<ManifestFile> files)
    {
        var spec = dataset.Resolved;
        var title = dataset.Spec.Title.Length > 0 ? dataset.Spec.Title : "Synthetic chest radiographs with reports";
        var text = new StringBuilder();
        void Part(FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
        void Line(FormattableString end)
        {
            Part(end);
            text.Append('\n');
        }

        text.Append(WriteHead(dataset, title, figures, files));
        Line($"# {title.ReplaceLineEndings(" ")}");
        Line($"");
        var channels = spec.Image.Channels is null ? "gray" : "RGB";
        Part($"{figures.Pairs} pairs of a synthetic chest X-ray image ({spec.Image.Width}×{spec.Image.Height}, 8-bit {channels}) ");
        var ofNobody = spec.Curation.IsMemorisationChecked
            ? "No image and no text is of a person." : "No text is of a person; whether an image repeats one of a person was not checked.";
        Line($"and a synthetic report. {ofNobody} **Not for diagnosis.**");
        Line($"");
        Part($"Root `{root}`, spec `{dataset.SpecDigest}`. `syncxr dataset verify .` checks every byte; ");
        Line($"`syncxr dataset replay . INDEX` makes a pair again.");
        Line($"");
        Part($"**Marked as synthetic**: `digital_source_type` of the `.json` and of `metadata.parquet`, and the XMP packet of every PNG ");
        Line($"(with set and pair), say `{DigitalSourceTypes.TrainedAlgorithmicMedia}`.");
        Line($"");
        Line($"## How it was made");
        Line($"");
        Line($"| step | model | version | digest | engine |");
        Line($"|---|---|---|---|---|");
        (string Step, ModelIdentity Model)[] models =
        [
            ("report", spec.Report.Writer), .. spec.Report.Checkers.Select(check => ("entity check", check)),
            ("image", spec.Image.Generator), ("curation", spec.Curation.Judge),
            .. new[] { spec.Curation.Embedding }.OfType<ModelIdentity>().Select(encoder => ("features", encoder)),
            .. new[] { spec.Curation.Alignment?.Model }.OfType<ModelIdentity>().Select(model => ("alignment", model)),
        ];
        foreach (var (step, model) in models)
            Line($"| {step} | {model.Name} | {model.Version} | `{Short(model.Digest)}` | {model.Engine} |");
        Line($"");
        Part($"Each set holds {spec.Draw.FindingsPerSet} findings and {spec.Draw.AnatomyPerSet} places of the vocabulary ");
        Part($"`{spec.Draw.Vocabulary}` (`vocabulary.tsv`), sampling {spec.Draw.Sampling}, scope {spec.Draw.Scope}, ");
        Part($"no entity more than {spec.Draw.UsageCap} times. The IMPRESSION ({spec.Report.Impression}) is the prompt: ");
        var sampling = spec.Image.Sampling is { } set ? $", sampling `{set.ToJsonString()}`" : "";
        Line($"{spec.Image.Steps} steps of {spec.Image.Scheduler}, guidance {spec.Image.Guidance}{sampling}.");
        Line($"");
        Line($"## Figures");
        Line($"");
        Line($"| | min | median | max | normalised entropy | entities |");
        Line($"|---|---|---|---|---|---|");
        foreach (var (name, u) in new[] { ("use of findings", use.Findings), ("use of places", use.Anatomy), ("use of all", use.All) })
            Line($"| {name} | {u.Min} | {u.Median} | {u.Max} | {u.NormalizedEntropy:F4} | {u.Entities} |");
        Line($"");
        Line($"- Attempts: {figures.Attempts} for {figures.Pairs} pairs ({(double)figures.Pairs / figures.Attempts:P1} accepted).");
        foreach (var (reason, count) in figures.Rejected)
            Line($"  - rejected, {reason}: {count}");
        if (figures.Checks is { Texts: > 0 } checks)
        {
            var each = string.Join(", ",
                checks.Passed.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} alone {c.Value}")));
            Part($"- Texts of these reports that pass their entity checks, of {checks.Texts} written: {each}, all {checks.PassedAll}, ");
            Line($"any {checks.PassedAny}. A text must pass all.");
        }
        foreach (var (who, count) in figures.Served)
            Line($"- The server of the {who.ReplaceLineEndings(" ")}, as it names the model itself: {count} pairs.");
        if (dataset.IsDepictionKnown)
        {
            Part($"- Findings that the generator says it can render: {figures.DepictedShares / figures.Pairs:P1}. ");
            Line($"The others are in the text alone.");
        }
        else
            Line($"- What {spec.Image.Generator.Name} can render is not known: its card does not say which findings it depicts.");
        if (dataset.GeneratorLicence is { } licence)
            Line($"- Licence of {spec.Image.Generator.Name}: {licence.ReplaceLineEndings(" ")}.");
        Line($"- Prompts cut at the text encoder's limit: {figures.Truncated}.");
        if (spec.Curation.Bank is { } bank)
        {
            Part($"- Bank of known-bad images: {bank.Name}, digest `{Short(bank.Digest)}`. Images at or above a cosine of ");
            Line($"{bank.Threshold} to one of it were rejected.");
        }
        if (spec.Curation.Alignment is { } alignment)
            Line($"{DescribeAlignment(dataset, alignment, figures.Alignment)}");
        if (spec.Curation.Memorisation is { } memorisation)
        {
            var wereHeld = spec.Curation.IsMemorisationChecked ? "The accepted images were" : "The images were not";
            Part($"- Memorisation: {memorisation}. {wereHeld} held against those that {spec.Image.Generator.Name} was ");
            Line($"trained on.");
        }
        Line($"");
        Line($"## Splits and labels");
        Line($"");
        var splits = spec.Splits is { } parted ? $"by {parted.By}" : "none was asked for, so all pairs are in train";
        Line($"Splits ({splits}): {string.Join(", ", figures.Splits.Where(s => s.Value > 0).Select(s => $"{s.Key} {s.Value}"))}.");
        Line($"");
        Part($"The labels are those of the report ({spec.Report.Labeler?.Name ?? "no labeler is named in the spec"}), not of the image: ");
        Line($"{string.Join(", ", ChexpertLabels.ValueNames.Index().Select(v => $"{v.Index} {v.Item.Replace('_', ' ')}"))}.");
        Line($"");
        Line($"| label | negative | positive | uncertain | not mentioned |");
        Line($"|---|---|---|---|---|");
        foreach (var (label, counts) in ChexpertLabels.All.Zip(figures.Labels))
            Line($"| {label} | {string.Join(" | ", counts)} |");
        Line($"");
        Line($"## Files");
        Line($"");
        Part($"- `data/shard-*.tar`: WebDataset shards. Side by side lie `.png`, `.txt` (the IMPRESSION), `.report.txt` (FINDINGS and ");
        Line($"IMPRESSION) and `.json` (entities, labels, texts, seeds, models, verdict).");
        Part($"- `metadata.parquet`: one row a pair. `extra/rejects.parquet`: every rejected attempt with its reasons. ");
        Line($"`extra/run.parquet`: times and tries of this run, outside the root.");
        Part($"- `spec.yaml`: makes the same data set again. `vocabulary.tsv`: the entities. `croissant.json`: Croissant 1.1. ");
        Line($"`LICENSE.md`: the licences. `manifest.json`: SHA-256 of every file, the root, the engines.");
        return text.ToString();
    }

    private static string DescribeAlignment(ResolvedDataset dataset, ResolvedAlignment alignment, AlignmentFigures figures)
    {
        static string Share(WilsonInterval share) => string.Create(CultureInfo.InvariantCulture,
            $"{share.Hits} of {share.All} ({share.Value:P1}, {share.Low:P1} to {share.High:P1})");
        var text = string.Create(CultureInfo.InvariantCulture,
            $"- Alignment, the cosine of image and report by {alignment.Model.Name}: {figures.Min:F4} to {figures.Max:F4}, median ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{figures.Median:F4}; reports with a text that is longer than it reads: {figures.Truncated}.");
        if (alignment.Threshold is not { } threshold)
            return $"{text} It was recorded and decided nothing.";
        text += string.Create(CultureInfo.InvariantCulture, $" Images below {threshold} were rejected.");
        return AlignmentExampleFigures.Find(dataset) is { } measured
            ? $"{text} Of examples, that rejects pairs that belong together: {Share(measured.FalseRejects)}, and accepts shuffled ones: "
                + $"{Share(measured.FalseAccepts)}; 95 % intervals."
            : $"{text} What that does to pairs that belong together was not measured.";
    }

    /// <summary>What data set hubs read: licence, size, and the type of every column, which their loaders guess otherwise.</summary>
    private static string WriteHead(ResolvedDataset dataset, string title, DatasetFigures figures, IReadOnlyList<ManifestFile> files)
    {
        var (licence, naming) = (DatasetLicence.Find(dataset), ShardNaming.Create(dataset.Resolved));
        var splits = SplitNames.All.Where(split => figures.Splits[split] > 0).ToList();
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"---");
        Line($"pretty_name: {Quote(title)}");
        Line($"license: {licence.Identifier}");
        Line($"license_name: {Quote(licence.Name)}");
        Line($"license_link: {Quote(licence.Link)}");
        Line($"language: [en]");
        Line($"task_categories: [image-to-text, text-to-image, zero-shot-image-classification]");
        Line($"tags: [medical, radiology, chest-x-ray, synthetic, webdataset]");
        Line($"size_categories: [{Quote(SizeCategory(figures.Pairs))}]");
        Line($"configs:");
        Line($"  - config_name: default");
        Line($"    data_files:");
        foreach (var split in splits)
            Line($"      - {{split: {split}, path: {Quote(naming.PatternOf(split))}}}");
        Line($"dataset_info:");
        Line($"  config_name: default");
        Line($"  features:");
        HubFeature.AppendYaml(text, HubFeatures.OfShards(
            figures.Checks.Texts > 0, figures.IsJudgedByChat, dataset.Resolved.Curation.Alignment), indent: 4);
        Line($"  splits:");
        foreach (var split in splits)
        {
            Line($"    - name: {split}");
            Line($"      num_bytes: {files.Where(f => naming.IsShardOf(split, f.Path)).Sum(f => f.Size)}");
            Line($"      num_examples: {figures.Splits[split]}");
        }

        var size = files.Where(f => naming.IsShard(f.Path)).Sum(f => f.Size);
        Line($"  download_size: {size}");
        Line($"  dataset_size: {size}");
        Line($"---");
        return text.ToString();
    }

    private static string Quote(string text) =>
        "\"" + text.ReplaceLineEndings(" ").Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Short(string digest) => digest.Length > 16 ? digest[..16] : digest;

    private static string SizeCategory(long pairs) => pairs switch
    {
        < 1_000 => "n<1K",
        < 10_000 => "1K<n<10K",
        < 100_000 => "10K<n<100K",
        < 1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    };
}
