using System.Globalization;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>
/// The training curves of a plan, <c>curves.tsv</c>: one line for each step, written before the step's checkpoint. Steps that are repeated
/// after an interruption replace their lines, so an interrupted run ends with the file of an undisturbed one.
/// </summary>
internal sealed class TrainingCurveFile(string folder) : IDisposable
{
    public const string FileName = "curves.tsv";

    private const string Header = "phase\tstep\tloss\tlearning_rate\tskipped\tvalidation";
    private StreamWriter? _file;
    private string _phase = "";

    private string Path { get; } = System.IO.Path.Combine(folder, FileName);

    /// <summary>Appends a step. Progress without a learning rate does not come from a training loop and is skipped.</summary>
    public void Append(LoopProgress point)
    {
        if (point.LearningRate <= 0)
            return;
        if (point.Phase != _phase)
            Open(point);
        _file!.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{point.Phase}\t{point.Step}\t{point.Loss:R}\t{point.LearningRate:R}\t{point.Skipped}\t{point.Validation:R}"));
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Removes the lines that the steps from here on will write again.</summary>
    private void Open(LoopProgress first)
    {
        _file?.Dispose();
        Directory.CreateDirectory(folder);
        List<string> lines = [Header];
        if (System.IO.File.Exists(Path))
            lines.AddRange(
                System.IO.File.ReadLines(Path).Skip(1).Where(l => Read(l) is { } p && (p.Phase != first.Phase || p.Step < first.Step)));
        System.IO.File.WriteAllLines(Path + ".partial", lines);
        System.IO.File.Move(Path + ".partial", Path, overwrite: true);
        _file = new StreamWriter(Path, append: true) { AutoFlush = true }; // what the system has outlives the process
        _phase = first.Phase;
    }

    /// <summary>The points in a folder's file.</summary>
    public static IEnumerable<LoopProgress> ReadAll(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? System.IO.File.ReadLines(path).Skip(1).Select(Read).OfType<LoopProgress>() : [];
    }

    /// <summary>Null for an incomplete line.</summary>
    private static LoopProgress? Read(string line)
    {
        var cells = line.Split('\t');
        return cells.Length == 6
            && long.TryParse(cells[1], CultureInfo.InvariantCulture, out var step)
            && double.TryParse(cells[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var loss)
            && double.TryParse(cells[3], NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
            && long.TryParse(cells[4], CultureInfo.InvariantCulture, out var skipped)
            && (double.TryParse(cells[5], NumberStyles.Float, CultureInfo.InvariantCulture, out var held) || cells[5].Length == 0)
            ? new LoopProgress(cells[0], step, 0, loss, rate, 0, skipped) { Validation = cells[5].Length == 0 ? null : held }
            : null;
    }
}
