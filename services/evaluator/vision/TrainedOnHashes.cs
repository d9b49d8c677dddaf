using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Vision;

/// <summary>
/// What a model was trained on, from its <c>trained-on.tsv</c>: the first 16 hex digits of the hash of each training image and patient.
/// </summary>
internal sealed class TrainedOnHashes
{
    private const string FileName = "trained-on.tsv";
    private const int Digits = 16;
    private readonly HashSet<string> _marks;

    private TrainedOnHashes(HashSet<string> marks) => _marks = marks;

    /// <summary>Null for a model without such a file.</summary>
    public static TrainedOnHashes? Open(ModelFolder model)
    {
        var file = Path.Combine(model.Path, FileName);
        return File.Exists(file)
            ? new TrainedOnHashes([.. File.ReadLines(file).SelectMany(l => l.Split('\t')).Where(IsMark)])
            : null;
    }

    /// <summary>Throws if the model was trained on some of the images. If the model has no list, adds a note to the evaluation.</summary>
    /// <exception cref="MeshException">INVALID_FIELD with the count.</exception>
    public static void CheckOverlap(EvaluationRun run, ModelFolder model, IReadOnlyList<Study> studies, IReadOnlyList<string> hashes,
        string field)
    {
        if (Open(model) is { } trained)
            trained.ThrowIfSeen(studies, hashes, model.Card.Name, field);
        else
            run.AddNote($"{model.Card.Name} has no trained-on.tsv: whether it was trained on these images could not be checked.");
    }

    /// <summary>Whether the model was trained on the image, or on another one of its patient.</summary>
    public bool Contains(Study study, string imageHash) =>
        _marks.Contains(imageHash[..Digits]) || (study.PatientHash is { } patient && _marks.Contains(patient[..Digits]));

    /// <summary>Throws if the model was trained on some of the images.</summary>
    /// <exception cref="MeshException">INVALID_FIELD with the count.</exception>
    public void ThrowIfSeen(IReadOnlyList<Study> studies, IReadOnlyList<string> hashes, string model, string field)
    {
        var known = Enumerable.Range(0, studies.Count).Where(i => Contains(studies[i], hashes[i])).ToList();
        if (known.Count == 0)
            return;
        var images = known.Count(i => _marks.Contains(hashes[i][..Digits]));
        throw MeshException.Invalid(
            field, $"{known.Count} of {studies.Count} images overlap the training set of {model} ({images} by the image itself, "
                + $"{known.Count - images} by their patient), the first is '{EchoedText.Shorten(studies[known[0]].Id)}'");
    }

    private static bool IsMark(string text) => text.Length == Digits && text.All(char.IsAsciiHexDigitLower);
}
