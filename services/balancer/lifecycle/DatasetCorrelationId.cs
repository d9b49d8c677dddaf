using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Correlation ids of messages: a function of what they are about, so that every replica gives the same conversation the same id.
/// </summary>
internal static class DatasetCorrelationId
{
    /// <param name="index">Of the pair; 0 for the data set itself, -1 - shard for a shard.</param>
    public static Guid Derive(string dataset, long index) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{dataset}|{index}")).AsSpan(0, 16));
}
