using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Vision;

/// <summary>
/// What a model learnt from: the first sixteen hex digits of the hash of each training picture and of each training patient, in
/// <c>trained-on.tsv</c>.
/// </summary>
internal sealed class TrainedOnHashes
{
    private const string FileName = "trained-on.tsv";
    private const int Digits = 16;
    private readonly HashSet<string> _marks;

    private TrainedOnHashes(HashSet<string> marks) => _marks = marks;

    /// <summary>Null for a model that does not say.</summary>
    public static TrainedOnHashes? Open(ModelFolder model)
    {
        var file = Path.Combine(model.Path, FileName);
        return File.Exists(file)
            ? new TrainedOnHashes([.. File.ReadLines(file).SelectMany(l => l.Split('\t')).Where(IsMark)])
            : null;
    }

    /// <summary>Refuses pictures that the model learnt from; where it does not say what it learnt from, the evaluation says that.</summary>
    /// <exception cref="MeshException">INVALID_FIELD with the count.</exception>
    public static void CheckOverlap(EvaluationRun run, ModelFolder model, IReadOnlyList<Study> studies, IReadOnlyList<string> hashes,
        string field)
    {
        if (Open(model) is { } trained)
            trained.ThrowIfSeen(studies, hashes, model.Card.Name, field);
        else
            run.AddNote($"{model.Card.Name} does not say what it was trained on: whether it knows these pictures could not be checked.");
    }

    /// <summary>Whether the picture itself, or another one of its patient, was learnt from.</summary>
    public bool Contains(Study study, string imageHash) =>
        _marks.Contains(imageHash[..Digits]) || (study.PatientHash is { } patient && _marks.Contains(patient[..Digits]));

    /// <summary>Refuses pictures that were learnt from.</summary>
    /// <exception cref="MeshException">INVALID_FIELD with the count.</exception>
    public void ThrowIfSeen(IReadOnlyList<Study> studies, IReadOnlyList<string> hashes, string model, string field)
    {
        var known = Enumerable.Range(0, studies.Count).Where(i => Contains(studies[i], hashes[i])).ToList();
        if (known.Count == 0)
            return;
        var pictures = known.Count(i => _marks.Contains(hashes[i][..Digits]));
        throw MeshException.Invalid(
            field, $"{known.Count} of {studies.Count} pictures overlap the training set of {model} ({pictures} by the picture itself, "
                + $"{known.Count - pictures} by their patient), the first is '{studies[known[0]].Id}'");
    }

    private static bool IsMark(string text) => text.Length == Digits && text.All(char.IsAsciiHexDigitLower);
}
