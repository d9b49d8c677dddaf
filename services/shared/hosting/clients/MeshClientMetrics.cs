using System.Diagnostics.Metrics;
using Google.Rpc;
using Grpc.Core;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>Metrics of the calls that this process makes.</summary>
internal static class MeshClientMetrics
{
    private static readonly Meter _meter = new("SynCxr.Mesh.Clients");
    private static readonly Counter<long> _retries = _meter.CreateCounter<long>("syncxr.client.retries", "{call}",
        "Calls that were tried again, by peer and reason.");

    public static void RecordRetry(string peer, RpcException? error) => _retries.Add(
        1, new("peer", peer),
        new KeyValuePair<string, object?>("reason",
            error?.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? error?.StatusCode.ToString() ?? "UNKNOWN"));
}
