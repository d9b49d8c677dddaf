using System.Globalization;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>One caption of one image, and the entities that it was written from.</summary>
public sealed record Caption(IReadOnlyList<string> Entities, string Text);

/// <summary>An image that needs captions.</summary>
/// <param name="Id">Id of the image, unique in the set.</param>
/// <param name="GivenText">The report or caption that came with the image, or null.</param>
/// <param name="SampleEntities">Samples entities that are true for the image; null if the vocabulary does not know its labels.</param>
public sealed record CaptionSubject(string Id, string? GivenText, Func<RandomSource, IReadOnlyList<string>?> SampleEntities)
{
    public static CaptionSubject From(TrainingImage image) =>
        new(image.Id, image.Caption, random => LabelEntitySampler.Sample(image, random));

    public static CaptionSubject From(Study study) =>
        new($"{study.Source}/{study.Id}", study.EnglishReport, random => LabelEntitySampler.Sample(study, random));
}

/// <summary>
/// The captions of a training set: two reports an image, written from its labels, or the caption that came with it. Kept as
/// <c>captions.tsv</c> (image, entities, text) in the work folder, so that a resumed run reads what the first one wrote.
/// </summary>
public sealed class CaptionSet
{
    /// <summary>Captions of each image.</summary>
    public const int CaptionsPerImage = 2;

    /// <summary>Entity sets that are tried for one caption.</summary>
    private const int MostEntitySets = 8;

    private const int ProgressEvery = 50;
    private readonly Caption[][] _captions;

    private CaptionSet(Caption[][] captions) => _captions = captions;

    public IReadOnlyList<Caption> this[int image] => _captions[image];

    public IEnumerable<string> Texts => _captions.SelectMany(c => c).Select(c => c.Text);

    /// <summary>Reads the file if it exists; else has every caption written, and writes the file.</summary>
    /// <exception cref="InvalidDataException">An image has no label that the vocabulary knows and no caption.</exception>
    public static async Task<CaptionSet> WriteAsync(
        IReadOnlyList<CaptionSubject> images, ICaptionWriter writer, ulong seed, string file, IProgress<LoopProgress> progress,
        CancellationToken cancellation)
    {
        if (File.Exists(file))
            return Read(file, images);
        var lines = new List<string>();
        for (var i = 0; i < images.Count; i++)
        {
            var image = images[i];
            for (var variant = 0; variant < CaptionsPerImage; variant++)
            {
                var random = RandomSource.Create(seed, "caption " + image.Id, variant);
                var caption = await WriteOneAsync(image, writer, random, cancellation);
                lines.Add($"{image.Id}\t{string.Join(' ', caption.Entities)}\t{caption.Text}");
            }

            if (i % ProgressEvery == 0 || i == images.Count - 1)
                progress.Report(new LoopProgress("captions", i + 1, images.Count, 0, 0, 0, 0));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllLinesAsync(file + ".partial", lines, cancellation);
        File.Move(file + ".partial", file, overwrite: true);
        return Read(file, images);
    }

    private static async Task<Caption> WriteOneAsync(CaptionSubject image, ICaptionWriter writer, RandomSource random,
        CancellationToken cancellation)
    {
        if (image.GivenText is { } given)
            return new Caption([], OneLine(given));
        for (var attempt = 0; attempt < MostEntitySets; attempt++)
        {
            var entities = image.SampleEntities(random)
                ?? throw new InvalidDataException(
                    $"'{image.Id}' has no label that the vocabulary knows and no text: a caption can't be written for it");
            if (await writer.WriteAsync(entities, random.NextUInt64(), cancellation) is { } text)
                return new Caption(entities, OneLine(text));
        }

        throw new InvalidDataException(
            $"'{image.Id}': no report passed its entity check for {MostEntitySets} sets of entities that its labels allow");
    }

    private static CaptionSet Read(string file, IReadOnlyList<CaptionSubject> images)
    {
        var lines = File.ReadAllLines(file);
        if (lines.Length != images.Count * CaptionsPerImage)
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture,
                    $"{file} holds {lines.Length} captions; {images.Count * CaptionsPerImage} are expected, {CaptionsPerImage} for each "
                        + $"image"));
        var captions = new Caption[images.Count][];
        for (var i = 0; i < captions.Length; i++)
        {
            var cells = lines[(i * CaptionsPerImage)..((i + 1) * CaptionsPerImage)].Select(l => l.Split('\t', 3)).ToArray();
            if (cells.Any(c => c.Length != 3 || c[0] != images[i].Id))
                throw new InvalidDataException($"{file}: line {i * CaptionsPerImage + 1} is not about '{images[i].Id}'");
            captions[i] = [.. cells.Select(c => new Caption(c[1].Split(' ', StringSplitOptions.RemoveEmptyEntries), c[2]))];
        }

        return new CaptionSet(captions);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim();
}
