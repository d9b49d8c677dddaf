using System.Diagnostics.Metrics;
using Google.Rpc;
using Grpc.Core;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>Metrics of the calls that this process makes.</summary>
internal sealed class MeshClientMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string Name = "SynCxr.Mesh.Clients";

    private readonly Counter<long> _retries;

    public MeshClientMetrics(IMeterFactory meters) =>
        _retries = meters.Create(Name).CreateCounter<long>("syncxr.client.retries", "{call}",
            "Calls that were tried again, by peer and reason.");

    /// <param name="error">What the attempt failed with; its registered reason is the tag, its gRPC status where it carries none.</param>
    public void RecordRetry(string peer, RpcException? error)
    {
        var reason = error?.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? error?.StatusCode.ToString() ?? "UNKNOWN";
        _retries.Add(1, new("peer", peer), new KeyValuePair<string, object?>("reason", reason));
    }
}
