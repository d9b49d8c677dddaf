using System.Globalization;
using System.Text;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>
/// The scores behind the figures: one line for each image and finding, so that scores of several runs, as of folds, can be joined.
/// </summary>
internal static class ScoreTable
{
    /// <param name="name">Of the table, without <c>.tsv</c>.</param>
    public static void Keep(EvaluationRun run, string name, IReadOnlyList<Study> studies, IReadOnlyList<ScoredFinding> judged)
    {
        var table = new StringBuilder("image\tpatient\tfinding\tanswer\tscore\n");
        for (var i = 0; i < studies.Count; i++)
        {
            foreach (var one in judged)
            {
                var answer = one.Answers[i] switch { true => "1", false => "0", null => "" };
                table.Append(string.Create(CultureInfo.InvariantCulture,
                    $"{studies[i].Id}\t{studies[i].PatientHash}\t{one.Finding}\t{answer}\t{one.Scores[i]:R}\n"));
            }
        }

        run.KeepFile($"{name}.tsv", "Score of each image and finding; the answer is empty where the data do not tell.",
            "text/tab-separated-values", Encoding.UTF8.GetBytes(table.ToString()));
    }
}
