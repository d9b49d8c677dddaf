using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Jobs;

/// <summary>Why a job failed, as its resource shows it.</summary>
public static class JobFailure
{
    /// <param name="row">Holds the message.</param>
    /// <param name="recorded">
    /// Reason and fields as the run recorded them; null where it could not: a spec that came by event was refused before the first run, or
    /// every process that ran it died.
    /// </param>
    /// <returns>Null unless the job has failed.</returns>
    public static Failure? ToProto(JobRow row, Failure? recorded)
    {
        if (row.Stage != JobStage.Failed)
            return null;
        var failure = recorded?.Clone()
            ?? new Failure { Reason = (row.Losses == 0 ? ErrorReasons.InvalidField : ErrorReasons.Internal).Name };
        failure.Message = row.Error;
        return failure;
    }
}
