using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>What an evaluation task works with: its spec, the cache folder, and methods to add figures, notes and files.</summary>
internal sealed class EvaluationRun(string tenant, string id, EvaluationSpec spec, RunningJob<Evaluation> live, EvaluationFolders folders,
    TimeProvider clock, ILogger logger) : IProgress<LoopProgress>
{
    /// <summary>Holds every figure of an evaluation that is too large for one answer.</summary>
    public const string FiguresFile = "figures.json";

    private string _phase = "";
    private long _since = clock.GetTimestamp();

    public EvaluationSpec Spec { get; } = spec;

    /// <summary>The data that the spec names; none before they were found.</summary>
    public EvaluationSources Sources { get; set; } = EvaluationSources.None;

    /// <summary>Cache folder that later evaluations of the tenant reuse; everything in it can be made again.</summary>
    public string CacheFolder { get; } = folders.GetCacheFolder(tenant);

    public Evaluation Current => live.Status;

    public void Add(Figure figure) => Change(e => e.Figures.Add(figure));

    public void Add(Producer model) => Change(e => e.Models.Add(model));

    public void AddNote(string note) => Change(e => e.Notes.Add(note));

    /// <summary>
    /// Reads the studies of a field that have an image, after each was read once: what is bad is told before anything is measured. What was
    /// left out goes into the notes.
    /// </summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: as of <see cref="EvaluationSources.ReadWithImages"/>, or images that can't be
    /// read.</exception>
    public StudySet ReadImages(string field, CancellationToken cancellation) =>
        Tell(field, Sources.CheckImages(Sources.ReadWithImages(field, cancellation), field, cancellation));

    /// <summary>The same with reports that have no image.</summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: as of <see cref="ReadImages"/>.</exception>
    public StudySet ReadStudies(string field, CancellationToken cancellation) =>
        Tell(field, Sources.CheckImages(Sources.ReadAll(field, cancellation), field, cancellation));

    public void AddDepicted(IEnumerable<string> entities) => Change(e => e.Depicts.Add(entities));

    /// <summary>Keeps the figures as a file where they are too many for one answer.</summary>
    public void KeepFiguresIfTooMany()
    {
        if (Current.CalculateSize() > AnswerPage.MaxBytes)
            KeepFile(FiguresFile, "Every figure.", "application/json",
                Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(new Evaluation { Figures = { Current.Figures } })));
    }

    /// <summary>Reports progress; the time left is extrapolated from the phase so far.</summary>
    public void Report(string phase, long step, long steps)
    {
        if (phase != _phase)
        {
            if (_phase.Length > 0)
                Log.Phase(logger, $"evaluations/{id}", _phase, clock.GetElapsedTime(_since).TotalSeconds);
            (_phase, _since) = (phase, clock.GetTimestamp());
        }

        var progress = new Progress { Activity = phase, Done = step, Total = steps };
        if (step > 0)
            progress.Remaining = Duration.FromTimeSpan(clock.GetElapsedTime(_since) / step * (steps - step));
        Change(e => e.Progress = progress);
    }

    void IProgress<LoopProgress>.Report(LoopProgress value) => Report(value.Phase, value.Step, value.Steps);

    /// <summary>Stores a file with the evaluation, as an artifact.</summary>
    /// <param name="file">a-z, 0-9 and "-", with an extension.</param>
    public void KeepFile(string file, string title, string mediaType, byte[] bytes)
    {
        if (!file.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'))
            throw new ArgumentException($"'{file}' may hold only a-z, 0-9, '-' and '.': it becomes part of an artifact's name",
                nameof(file));
        var path = folders.GetArtifactPath(tenant, id, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        Change(e => e.Artifacts.Add(new Artifact
        {
            Name = $"evaluations/{id}/artifacts/{file}",
            Title = title,
            MediaType = mediaType,
            SizeBytes = bytes.Length,
            Sha256 = Sha256Digest.HexOf(bytes),
        }));
    }

    /// <summary>The field's last part says which of a task's data sets a note is about: data, validation, train.</summary>
    private StudySet Tell(string field, StudySet set)
    {
        foreach (var remark in set.Remarks)
            AddNote(field.EndsWith(".data", StringComparison.Ordinal) ? remark : $"{field[(field.LastIndexOf('.') + 1)..]}: {remark}");
        return set;
    }

    /// <summary>Replaces the resource by a changed copy, because readers may still hold the old one.</summary>
    public void Change(Action<Evaluation> change) => live.Update(e =>
    {
        var changed = e.Clone();
        change(changed);
        return changed;
    });
}
