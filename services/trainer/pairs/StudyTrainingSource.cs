using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>Real radiographs in memory as a training source; images without a report get captions written from their labels.</summary>
internal sealed class StudyTrainingSource : ITrainingSource
{
    /// <summary>Most images that are held out.</summary>
    private const int MaxHeldOut = 256;

    private readonly List<StudyImage> _training = [], _heldOut = [];
    private readonly List<IReadOnlyList<string>> _trainingTexts = [], _heldOutTexts = [];

    private StudyTrainingSource(RadiographSource source, string field, string name, IReadOnlyList<string> notes) =>
        (Source, Field, Name, Notes) = (source, field, name, notes);

    public RadiographSource Source { get; }

    public string Field { get; }

    public string Name { get; }

    public IReadOnlyList<string> Notes { get; }

    public int Count => _training.Count;

    public int HeldOutCount => _heldOut.Count;

    public IEnumerable<string> Texts => _trainingTexts.SelectMany(t => t);

    public SeenHashes SeenHashes => new(
        _training.Concat(_heldOut).Select(p => p.ImageHash).ToHashSet(StringComparer.Ordinal),
        _training.Concat(_heldOut).Select(p => p.Study.PatientHash).OfType<string>().ToHashSet(StringComparer.Ordinal));

    /// <exception cref="MeshException">Names the part of the source that is wrong.</exception>
    public static async Task<StudyTrainingSource> ReadAsync(RadiographSource source, string field, int side, bool holdOut, RecipeRun run,
        string captions, CancellationToken cancellation)
    {
        var read = DataLayouts.Read(source, field, cancellation);
        var studies = read.Studies.Where(s => s.HasImage).ToList();
        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"layout '{EchoedText.Shorten(source.Layout)}' finds no image in '{source.Describe(source.Folder)}'");
        var seed = run.Plan.Seed;
        var mute = studies.FindAll(
            s => s.EnglishReport is null && LabelEntitySampler.Sample(s, RandomSource.Create(seed, s.Id, 0)) is null);
        if (mute.Count > 0)
            throw MeshException.Invalid($"{field}.labels",
                $"{mute.Count} of {studies.Count} images have neither a report in English nor a label that the vocabulary knows, "
                    + $"'{EchoedText.Shorten(mute[0].Id)}' first. Give each a report or a label of the vocabulary, or leave them out of "
                    + "the data");
        var (images, skipped) = BadFileRule.LoadAll(studies, s => s.Id, s => StudyImage.Load(s, side, field), source.BadFiles, field,
            $"{field}.bad_files", cancellation);
        studies = [.. images.Select(i => i.Study)];
        var book = await CaptionSet.WriteAsync([.. studies.Select(CaptionSubject.From)], run.Captions, seed, captions, run.Progress,
            cancellation);
        var data = new StudyTrainingSource(source, field, studies[0].Source,
            [.. read.Remarks, .. skipped, .. DescribeTexts(read.Studies)]);
        for (var i = 0; i < studies.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            data.Add(images[i], [.. book[i].Select(c => c.Text).Distinct(StringComparer.Ordinal)], holdOut);
        }

        return data;
    }

    public IPairSequence Pairs(PairTokenizer wording) => new StudyPairSequence(_training, _trainingTexts, wording);

    public IPairSequence HeldOutPairs(PairTokenizer wording) => new StudyPairSequence(_heldOut, _heldOutTexts, wording);

    private static IEnumerable<string> DescribeTexts(IReadOnlyList<Study> studies)
    {
        var bare = studies.Count(s => !s.HasImage);
        if (bare > 0)
            yield return $"{bare} of {studies.Count} studies have no image and were left out.";
        var foreign = studies.Count(s => s.Report is not null && s.EnglishReport is null);
        if (foreign > 0)
            yield return $"{foreign} reports are not in English and were not read: captions are written from the labels.";
    }

    /// <summary>Held out by patient, so that no patient is on both sides.</summary>
    private void Add(StudyImage image, IReadOnlyList<string> texts, bool holdOut)
    {
        var held = holdOut && SeenHashes.IsHeldOut(image.Study.PatientHash ?? image.ImageHash);
        if (held && _heldOut.Count == MaxHeldOut)
            return;
        (held ? _heldOut : _training).Add(image);
        (held ? _heldOutTexts : _trainingTexts).Add(texts);
    }
}
