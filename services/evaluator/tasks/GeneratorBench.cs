using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Classifiers;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>A generated image with what the figures are computed from.</summary>
/// <param name="Small">At a classifier's input size, in 0..1.</param>
/// <param name="Feature">The judge's features, of length 1.</param>
internal sealed record GeneratedImage(RenderedImage Rendered, float[] Small, float[] Feature);

/// <summary>
/// The data of a generator report: real images, classifiers trained on them, generated images by finding, features of all.
/// </summary>
internal sealed class GeneratorBench(EvaluationRun run, ModelDescription generator, ModelDescription judge, DiffusionImageClient images,
    CurationJudgeClient judges) : IDisposable
{
    private const int SheetImages = 64, SheetColumns = 8;
    private readonly Dictionary<string, LabelClassifier> _classifiers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<float[]>> _validLogits = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Source, string Finding), RenderedImage[]> _rendered = [];
    private readonly Dictionary<(string Source, string Finding), GeneratedImage[]> _generated = [];

    public EvaluationRun Run => run;

    public GeneratorReportTask Task => run.Spec.GeneratorReport;

    public ModelDescription Generator => generator;

    public ModelDescription Judge => judge;

    public CurationJudgeClient Judges => judges;

    public PromptFile Prompts { get; } = PromptFile.Open(run.Spec.GeneratorReport.Prompts);

    public RealImageSet Train { get; private set; } = null!;

    public RealImageSet Valid { get; private set; } = null!;

    public float[][] TrainFeatures { get; private set; } = [];

    public float[][] ValidFeatures { get; private set; } = [];

    /// <summary>Sources of the prompt file that have both training and held-out images.</summary>
    public IReadOnlyList<PromptSource> Sources { get; private set; } = [];

    /// <exception cref="MeshException">INVALID_FIELD: no source of the prompt file is in the data.</exception>
    public void ReadImages(string field, CancellationToken cancellation)
    {
        run.Report("reading images", 0, 2);
        var data = run.Sources.GetFolders(field);
        var folders = SplitFolderFinder.Find(data, field);
        var boundary = DataPlace.CreateBoundary(data);
        var side = DiffusionImageClient.SideOf(generator);
        Train = RealImageSet.Read([.. folders.Select(f => f.Train)], side, boundary, field, cancellation);
        run.Report("reading images", 1, 2);
        Valid = RealImageSet.Read([.. folders.Select(f => f.Valid)], side, boundary, field, cancellation);
        run.Report("reading images", 2, 2);
        Sources = [.. Prompts.Sources.Where(s => Train.FindIndices(s.Name).Length > 0 && Valid.FindIndices(s.Name).Length > 0)];
        if (Sources.Count == 0)
            throw MeshException.Invalid(field,
                $"holds images of none of the sources of '{Prompts.Name}': {string.Join(", ", Prompts.Sources.Select(s => s.Name))}");
        foreach (var absent in Prompts.Sources.Except(Sources))
            run.AddNote($"The data has no images of source '{absent.Name}': figures for it are left out.");
    }

    /// <summary>Trains one classifier for each source, on all its labels.</summary>
    public void TrainOnReal(CancellationToken cancellation)
    {
        foreach (var source in Sources)
        {
            var indices = Train.FindIndices(source.Name);
            var data = new LabelledImages(source.Labels, [.. indices.Select(Train.GetSmall)],
                [.. indices.Select(i => source.Labels.Select(l => Train.GetInfo(i).Labels.Contains(l)).ToArray())]);
            var classifier = _classifiers[source.Name] = LabelClassifier.Train(
                $"classifier of real {source.Name}", data, ImageClassifierConfig.Tiny(source.Labels.Count), Steps(indices.Length),
                Task.Seed, run, cancellation);
            _validLogits[source.Name] = classifier.Logits([.. Enumerable.Range(0, Valid.Count).Select(Valid.GetSmall)]);
        }
    }

    /// <summary>Training steps for a number of images: at most 20 epochs.</summary>
    public long Steps(int images) => Math.Min(Task.ClassifierSteps, Math.Max(1, 20L * images / LabelClassifier.Batch));

    public LabelClassifier ClassifierOf(string source) => _classifiers[source];

    /// <summary>Small images of held-out images of a source that have one of the labels.</summary>
    public float[][] ValidImages(string source, IReadOnlyList<string> labels) =>
        [.. Valid.FindIndices(source, labels).Select(Valid.GetSmall)];

    /// <summary>The real classifier's scores of held-out images of a source that have one of the labels.</summary>
    public double[] ValidScores(string source, IReadOnlyList<string> labels, PromptFinding asked) =>
        _classifiers[source].ScoreLogits([.. Valid.FindIndices(source, labels).Select(i => _validLogits[source][i])], asked.Shows,
            asked.Unlike);

    /// <summary>Renders the images of classes, comparisons and findings; images that several of them need are rendered once.</summary>
    public async Task RenderAsync(IReadOnlyList<PromptFinding> findings, CancellationToken cancellation)
    {
        var counts = new Dictionary<(string Source, string Finding), int>();
        void Want(string source, string finding, int count)
        {
            if (Sources.Any(s => s.Name == source))
                counts[(source, finding)] = Math.Max(count, counts.GetValueOrDefault((source, finding)));
        }

        foreach (var c in Prompts.Classes)
            Want(c.Source, c.Finding,
                Prompts.Classes.Count(o => o.Source == c.Source) > 1
                    ? Math.Max(Task.ImagesPerClass, Task.TrainingImagesPerClass) : Task.ImagesPerClass);
        foreach (var c in Prompts.Comparisons)
        {
            Want(c.Source, c.Finding, Task.ImagesPerClass);
            Want(c.Source, c.Against, Task.ImagesPerClass);
        }

        foreach (var f in findings)
        {
            Want(f.Source, f.Finding, Task.ImagesPerFinding);
            Want(f.Source, f.Against, Task.ImagesPerFinding);
        }

        List<ImageSpec> specs = [
            .. counts.SelectMany(c => ImageSpecFactory.CreateAll(Prompts, c.Key.Source, c.Key.Finding, generator, Task.Seed, c.Value))];
        var all = await images.RenderAllAsync(generator, specs, run, "rendering images", cancellation);
        var from = 0;
        foreach (var (key, count) in counts)
            _rendered[key] = all[from..(from += count)];
    }

    public async Task EmbedAsync(CancellationToken cancellation)
    {
        TrainFeatures = await FeaturesAsync([.. Enumerable.Range(0, Train.Count).Select(Train.GetPng)], "features of training images",
            cancellation);
        ValidFeatures = await FeaturesAsync([.. Enumerable.Range(0, Valid.Count).Select(Valid.GetPng)], "features of held-out images",
            cancellation);
        var all = await FeaturesAsync([.. _rendered.Values.SelectMany(d => d).Select(d => d.Png)], "features of generated images",
            cancellation);
        var at = 0;
        foreach (var (key, rendered) in _rendered)
            _generated[key] = [.. rendered.Select(d => new GeneratedImage(d, PixelConversion.ToSmall(d.Image), all[at++]))];
    }

    public Task<float[][]> FeaturesAsync(IReadOnlyList<byte[]> pngs, string phase, CancellationToken cancellation) =>
        judges.EmbedAsync(judge, pngs, run, phase, cancellation);

    /// <summary>The first generated images of a finding.</summary>
    public GeneratedImage[] GetGeneratedImages(string source, string finding, int count) => _generated[(source, finding)][..count];

    public IEnumerable<GeneratedImage> AllGeneratedImages => _generated.Values.SelectMany(s => s);

    public IReadOnlyList<PromptClass> ClassesOf(string source) => [.. Prompts.Classes.Where(c => c.Source == source)];

    /// <summary>64 generated images beside 64 real held-out ones of the same labels.</summary>
    public void KeepContactSheet()
    {
        var (left, right) = (new List<GrayImage>(), new List<GrayImage>());
        var classes = Prompts.Classes.Where(c => Sources.Any(s => s.Name == c.Source)).ToList();
        for (var i = 0; i < SheetImages; i++)
        {
            var shown = classes[i / SheetColumns % classes.Count];
            var rendered = _rendered[(shown.Source, shown.Finding)];
            var real = Valid.FindIndices(shown.Source, [shown.Label]);
            var number = i / (SheetColumns * classes.Count) * SheetColumns + i % SheetColumns;
            left.Add(rendered[number % rendered.Length].Image);
            var order = RandomSource.Create(Task.Seed, "sheet " + shown.Label, 0).Permutation(real.Length);
            right.Add(Valid.GetImage(real[order[number % real.Length]]));
        }

        var rows = string.Join(", ", classes.Select(c => $"{c.Source} {c.Label}"));
        run.KeepFile("contact-sheet.png",
            $"Left 64 generated images, right 64 real ones that were held out. Rows in turn: {rows}. Not picked.", "image/png",
            ReportFiles.SideBySide(left, right, SheetColumns));
    }

    public void Dispose()
    {
        foreach (var classifier in _classifiers.Values)
            classifier.Dispose();
    }
}
