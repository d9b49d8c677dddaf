using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary>Follows a data set with a progress bar; Ctrl-C only stops watching unless the caller says otherwise.</summary>
internal static class DatasetWatch
{
    public static async Task<ImageReportDataset> FollowAsync(DatasetService.DatasetServiceClient client, string name, CancellationToken cancellation)
    {
        using var progress = Progress.Count("pairs");
        using var watch = client.WatchDataset(new WatchDatasetRequest { Name = name }, cancellationToken: cancellation);
        ImageReportDataset? last = null;
        await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
        {
            last = answer.Dataset;
            var p = last.Progress;
            var rate = p.ElapsedSeconds > 0 ? p.Accepted / p.ElapsedSeconds : 0;
            progress.Set(p.Accepted, last.Spec.Pairs, string.Create(CultureInfo.InvariantCulture, $"{rate:0.0}/s, {p.Rejected.Values.Sum()} refused, shards {p.ShardsDone}/{p.Shards}{(last.State == DatasetState.Sealing ? ", sealing" : "")}"));
        }

        return last ?? throw new IOException("the watch ended without a word");
    }
}
