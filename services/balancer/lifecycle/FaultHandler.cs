namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>What becomes of a data set by a fault of its work, whatever part of the work it was.</summary>
internal sealed class FaultHandler(DatasetTerminator terminator, WaitingRecorder waiting, FailureShareMonitor failures,
    BriefFaultTimer briefFaults)
{
    /// <summary>Fails or pauses the data set where the fault asks for it, else says in its row what it waits for.</summary>
    /// <param name="startedMs">When the work began, Unix milliseconds: a fault of before the last resumption pauses nobody.</param>
    /// <returns>True where the work goes on: with its next attempt, or with another try later.</returns>
    public async Task<bool> ContinuesAsync(string tenant, string dataset, Fault fault, long startedMs)
    {
        if (fault.Kind == FaultKind.Spec)
        {
            await terminator.FailAsync(tenant, dataset, fault);
            return false;
        }

        if (fault.Kind != FaultKind.Brief)
            briefFaults.Reset(dataset, fault.WaitsFor);
        else if (briefFaults.RecordFault(dataset, fault.WaitsFor))
            fault = fault with { Kind = FaultKind.Dataset };
        if (fault.Kind is FaultKind.Dataset or FaultKind.LostObject)
            return !await terminator.PauseAsync(tenant, dataset, fault, startedMs);
        if (fault.IsBroken && failures.RecordFailure(dataset) is { } share
            && await terminator.PauseAsync(tenant, dataset, Describe(share, fault), share.SinceMs))
            return false;
        if (fault.Kind is FaultKind.Transient or FaultKind.Brief)
            await waiting.RecordAsync(dataset, fault);
        return true;
    }

    private static Fault Describe(FailureShare share, Fault last) => last with
    {
        Kind = FaultKind.Dataset,
        Detail = $"{share.Failures} of the last {share.Tries} tries failed; the last one: {last.Detail}",
    };
}
