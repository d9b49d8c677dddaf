namespace SynCxr.Mesh.Jobs;

/// <summary>
/// Decides, within the transaction that adds a job, by the jobs that there are. Jobs with the same lock are decided one after the other.
/// </summary>
/// <param name="Lock">What the decision is about: the name of a model.</param>
/// <param name="SpecPart">A part of the JSON of every spec that the decision needs.</param>
/// <param name="Decide">Gets the jobs of the tenant whose spec has the part, oldest first; returns the spec that the job gets, or throws
/// what refuses it.</param>
/// <param name="RemoveDecision">The spec as it was asked for, of one that <paramref name="Decide"/> returned.</param>
public sealed record JobAdmission(string Lock, string SpecPart, Func<IReadOnlyList<JobRow>, string> Decide,
    Func<string, string> RemoveDecision);
