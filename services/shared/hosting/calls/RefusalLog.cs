using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>The lines about refused and failed calls. What callers do wrong again and again is sampled by reason.</summary>
internal sealed class RefusalLog(ILogger<RefusalLog> logger, TimeProvider clock)
{
    private readonly RefusalLogSampler _sampler = new(clock);

    public void WriteRefusal(MeshException refusal, string method, string requestId)
    {
        if (IsWritten(refusal.Reason))
            Log.Refused(logger, method, refusal.Reason.Name, EchoedText.Shorten(refusal.Message), requestId);
    }

    /// <summary>With its stack: an error of the mesh itself.</summary>
    public void WriteFailure(Exception error, string method, string requestId)
    {
        if (IsWritten(ErrorReasons.Internal))
            Log.Failed(logger, error, method, requestId);
    }

    private bool IsWritten(ErrorReason reason)
    {
        var isWritten = _sampler.TryTakeLine(reason.Name, out var left);
        if (left > 0)
            Log.RefusalsLeftOut(logger, left, reason.Name, RefusalLogSampler.Window);
        return isWritten;
    }
}
