using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>Checks a request before anything is written.</summary>
internal static class ReportRequestValidator
{
    public const int MaxEntities = 64;
    public const int MaxAttempts = 20;

    /// <exception cref="MeshException">Names the field that is wrong.</exception>
    public static void Validate(ReportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var set = request.Entities;
        if (set.Count is 0 or > MaxEntities)
            throw MeshException.Invalid("spec.entities", $"Give 1 to {MaxEntities} entities, not {set.Count}.");
        if (request.MaxAttempts is < 1 or > MaxAttempts)
            throw MeshException.Invalid("spec.max_attempts",
                $"The number of attempts must be 1 to {MaxAttempts}, not {request.MaxAttempts}.");
        for (var i = 0; i < set.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (set[i].Id == set[j].Id)
                    throw MeshException.Invalid($"spec.entities[{i}]",
                        $"'{EchoedText.Shorten(set[i].Id)}' is already in the set, at index {j}.");
                if (set[i].Contradicts(set[j]))
                    throw MeshException.Invalid($"spec.entities[{i}]",
                        $"'{EchoedText.Shorten(set[i].Id)}' contradicts '{EchoedText.Shorten(set[j].Id)}' at index {j}.");
            }
        }
    }
}
