using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>Follows a data set with a progress bar.</summary>
internal static class DatasetWatcher
{
    /// <summary>How long a mesh may take to cancel before the command gives up on it.</summary>
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Follows a data set that this command made: Ctrl-C cancels the data set in the mesh, and says so.</summary>
    /// <returns>The data set as it is in the end: cancelled, unless it had ended before.</returns>
    public static async Task<ImageReportDataset> FollowOrCancelAsync(DatasetService.DatasetServiceClient client, ImageReportDataset made,
        bool follow, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            return follow ? await FollowAsync(client, made.Name, cancellation) : made;
        }
        catch (Exception stopped) when (cancellation.IsCancellationRequested && stopped is OperationCanceledException or RpcException)
        {
            Console.Error.WriteLine($"cancelling {made.Name}; Ctrl-C again leaves it to the mesh");
            var limit = TimeProvider.System.GetUtcNow().UtcDateTime + CancelTimeout;
            try
            {
                await client.CancelDatasetAsync(new CancelDatasetRequest { Name = made.Name }, deadline: limit,
                    cancellationToken: CancellationToken.None);
            }
            catch (RpcException ended) when (ended.StatusCode == StatusCode.FailedPrecondition)
            {
                Console.Error.WriteLine(ended.Status.Detail); // sealed or failed in this very moment: what follows says which
            }

            var now = (await client.GetDatasetAsync(new GetDatasetRequest { Name = made.Name }, deadline: limit,
                cancellationToken: CancellationToken.None)).Dataset;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{now.Name} is {now.State.ToString().ToUpperInvariant()} with {now.Progress.Accepted} of {now.Spec.Pairs} pairs made"));
            return now;
        }
    }

    /// <summary>Follows any data set; Ctrl-C only stops watching.</summary>
    public static async Task<ImageReportDataset> FollowAsync(DatasetService.DatasetServiceClient client, string name,
        CancellationToken cancellation)
    {
        using var progress = ProgressBar.StartCount("pairs");
        using var watch = client.WatchDataset(new WatchDatasetRequest { Name = name }, cancellationToken: cancellation);
        ImageReportDataset? last = null;
        await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
        {
            last = answer.Dataset;
            var p = last.Progress;
            var rate = p.ElapsedSeconds > 0 ? p.Accepted / p.ElapsedSeconds : 0;
            progress.ShowCount(p.Accepted, last.Spec.Pairs,
                string.Create(CultureInfo.InvariantCulture,
                    $"{rate:0.0}/s, {p.Attempts - p.Accepted} refused, shards "
                        + $"{p.ShardsDone}/{p.Shards}{(last.State == DatasetState.Sealing ? ", sealing" : "")}"));
        }

        return last ?? throw new IOException("the watch ended without a word");
    }
}
