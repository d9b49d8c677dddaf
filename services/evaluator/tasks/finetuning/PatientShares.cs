using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.FineTuning;

/// <summary>Nested shares of the patients: those of 1 % are among those of 10 %.</summary>
internal static class PatientShares
{
    /// <summary>The studies of a share of the patients, at least one patient.</summary>
    public static int[] SelectShare(IReadOnlyList<Study> studies, double percent, ulong seed)
    {
        var patients = ByPatient(studies, "share", seed);
        return [.. patients.Take(Math.Max(1, (int)Math.Ceiling(patients.Count * percent / 100))).SelectMany(p => p).Order()];
    }

    /// <summary>A share of the patients held out, and the rest.</summary>
    public static (int[] Held, int[] Others) HoldOut(IReadOnlyList<Study> studies, double percent, ulong seed)
    {
        var patients = ByPatient(studies, "held out", seed);
        var held = (int)Math.Ceiling(patients.Count * percent / 100);
        return ([.. patients.Take(held).SelectMany(p => p).Order()], [.. patients.Skip(held).SelectMany(p => p).Order()]);
    }

    private static List<int[]> ByPatient(IReadOnlyList<Study> studies, string purpose, ulong seed) =>
    [
        .. Enumerable.Range(0, studies.Count).GroupBy(i => studies[i].PatientHash ?? studies[i].Id, StringComparer.Ordinal)
            .OrderBy(g => RandomSource.Create(seed, $"{purpose} {g.Key}", 0).NextUInt64()).Select(g => g.ToArray()),
    ];
}
