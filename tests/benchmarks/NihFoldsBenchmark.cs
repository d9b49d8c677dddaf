using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// What can be learnt from the 800 small images of NIH ChestX-ray14: five folds by patient, each measured on patients that it has not
/// seen. Zero-shot: ConVIRT from scratch on the others, about forty passes, asked with prompts. Linear and full: a classifier on the image
/// encoder of a shipped model that knows children only. Scores are standardised in each fold and put together; intervals are over patients.
/// </summary>
internal static class NihFoldsBenchmark
{
    private const int Folds = 5, Resamples = 1000;
    private const string Wanted = "cardiomegaly", Steps = "400";
    private static readonly string[] _findings = [Wanted, "effusion"];
    private static readonly (string Way, string Table)[] _ways = [("zero-shot", "scores.tsv"), ("linear", "scores-linear-100-percent.tsv"),
        ("full", "scores-full-100-percent.tsv")];

    /// <returns>0 when the interval of cardiomegaly, asked with prompts, lies above chance.</returns>
    public static async Task<int> RunAsync()
    {
        if (!SharedData.TryFind("nih-cxr14-64px/NIH1000", out var images)
            || !SharedData.TryFind("nih-cxr14-labels/Data_Entry_2017_v2020.csv.gz", out var labels))
            return 2;
        using var scratch = new ScratchFolder();
        var (head, rows) = Rows(labels, images);
        await File.WriteAllTextAsync(scratch["all.yaml"], "percent: [100]\n");
        var scores = new List<Score>();
        for (var fold = 0; fold < Folds; fold++)
        {
            var (train, test, state) = (scratch[$"train{fold}.csv"], scratch[$"test{fold}.csv"], scratch[$"state{fold}"]);
            await File.WriteAllLinesAsync(train, [head, .. rows.Where(r => r.Fold != fold).Select(r => r.Line)]);
            await File.WriteAllLinesAsync(test, [head, .. rows.Where(r => r.Fold == fold).Select(r => r.Line)]);
            string[] nih = ["--layout", "nih", "--data", images, "--labels"];
            string[] ends = ["--out", scratch[$"figures{fold}"], "--state", state];
            await NeedAsync(
                ["train", "--recipe", "convirt", .. nih, train, "--name", "fold", "--steps", Steps, "--seed", "1", "--state", state]);
            await NeedAsync(["evaluate", "--model", "fold", .. nih, test, .. ends]);
            await NeedAsync(["evaluate", "--model", "cxr-tiny-convirt-real", "--task", "fine-tune", .. nih, train, "--other", images,
                "--other-labels", test, "--spec", scratch["all.yaml"], .. ends]);
            scores.AddRange(_ways.SelectMany(w => Standardised(Path.Combine(scratch[$"figures{fold}"], w.Table), w.Way, fold)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fold {fold + 1} of {Folds}"));
        }

        var figures = new MeasurementTable(string.Create(CultureInfo.InvariantCulture, $"nih-folds: {rows.Count} images"));
        foreach (var finding in _findings)
        {
            foreach (var (way, _) in _ways)
                Add(figures, finding, way, [.. scores.Where(s => s.Finding == finding && s.Way == way)]);
        }

        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }

    private static void Add(MeasurementTable figures, string finding, string way, Score[] scores)
    {
        var auc = PatientBootstrap.ByPatient([.. scores.Select(s => s.Patient)])
            .ComputeInterval(drawn => Auc([.. drawn.Select(i => scores[i])]), Resamples, 1);
        var wanted = finding == Wanted && way == _ways[0].Way;
        figures.Add($"{finding}, {scores.Count(s => s.Answer)} of {scores.Length}, {way}", $"{auc.Value:F3} [{auc.Low:F3}, {auc.High:F3}]",
            wanted ? "low > 0.5" : "", wanted ? auc.Low > 0.5 : null);
        figures.Add("  each fold",
            $"{string.Join(' ', scores.GroupBy(s => s.Fold).Select(f => Auc([.. f]).ToString("F2", CultureInfo.InvariantCulture)))}");
    }

    private static double Auc(IReadOnlyList<Score> scores)
    {
        double[] yes = [.. scores.Where(s => s.Answer).Select(s => s.Value)], no = [.. scores.Where(s => !s.Answer).Select(s => s.Value)];
        return yes.Length > 0 && no.Length > 0 ? RocAuc.Calculate(yes, no) : double.NaN;
    }

    /// <summary>
    /// The table's rows of the images that are there. Patients take folds in turn, in the order of a digest of their number.
    /// </summary>
    private static (string Head, List<(string Line, int Fold)> Rows) Rows(string labels, string images)
    {
        var there = Directory.EnumerateFiles(images, "*.png", SearchOption.AllDirectories).Select(Path.GetFileName)
            .ToHashSet(StringComparer.Ordinal);
        using var text = new StreamReader(new GZipStream(File.OpenRead(labels), CompressionMode.Decompress));
        var head = text.ReadLine() ?? throw new InvalidDataException($"{labels} is empty");
        var patient = Array.IndexOf(head.Split(','), "Patient ID");
        var lines = new List<string[]>();
        while (text.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            if (there.Contains(cells[0]))
                lines.Add(cells);
        }

        var folds = lines.Select(l => l[patient]).Distinct().OrderBy(p => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(p))),
            StringComparer.Ordinal)
            .Select((p, i) => (p, i)).ToDictionary(p => p.p, p => p.i % Folds, StringComparer.Ordinal);
        return (head, [.. lines.Select(l => (string.Join(',', l), folds[l[patient]]))]);
    }

    private static IEnumerable<Score> Standardised(string file, string way, int fold)
    {
        var lines = File.ReadLines(file).Skip(1).Select(l => l.Split('\t')).Where(c => _findings.Contains(c[2]) && c[3].Length > 0)
            .ToList();
        foreach (var finding in lines.GroupBy(c => c[2]))
        {
            var values = finding.Select(c => double.Parse(c[4], CultureInfo.InvariantCulture)).ToList();
            var (mean, deviation) = (values.Average(), Math.Sqrt(values.Average(v => (v - values.Average()) * (v - values.Average()))));
            foreach (var (cells, value) in finding.Zip(values))
                yield return new Score(way, finding.Key, cells[1], fold, cells[3] == "1", (value - mean) / deviation);
        }
    }

    private static async Task NeedAsync(string[] args)
    {
        var (code, output, error) = await SyncxrProcess.RunAsync(args);
        if (code != 0)
            throw new InvalidOperationException($"syncxr {args[0]} ended with {code}:\n{output}\n{error}");
    }

    private sealed record Score(string Way, string Finding, string Patient, int Fold, bool Answer, double Value);
}
