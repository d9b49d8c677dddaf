using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>
/// Follows a data set with a progress bar until it ends or is paused: a pause waits for a person, and a command that went on watching would
/// keep a script waiting for ever.
/// </summary>
internal static class DatasetWatcher
{
    /// <summary>How long the mesh may take to cancel a data set before the command gives up waiting.</summary>
    private static readonly TimeSpan _cancelTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Follows a data set that this command made. Ctrl-C cancels the data set in the mesh, and its last state is printed.
    /// </summary>
    /// <returns>The data set in its last state: cancelled after Ctrl-C, unless it had ended before.</returns>
    public static async Task<ImageReportDataset> FollowOrCancelAsync(DatasetService.DatasetServiceClient client, ImageReportDataset created,
        bool follow, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            return follow ? await FollowAsync(client, created.Name, cancellation, hasBegun: true) : created;
        }
        catch (Exception stopped) when (cancellation.IsCancellationRequested && stopped is OperationCanceledException or RpcException)
        {
            Console.Error.WriteLine(
                $"cancelling {created.Name}; a second Ctrl-C ends this command at once and leaves the rest to the mesh");
            var limit = TimeProvider.System.GetUtcNow().UtcDateTime + _cancelTimeout;
            try
            {
                await client.CancelDatasetAsync(new CancelDatasetRequest { Name = created.Name }, deadline: limit,
                    cancellationToken: CancellationToken.None);
            }
            catch (RpcException ended) when (ended.StatusCode == StatusCode.FailedPrecondition)
            {
                Console.Error.WriteLine(ended.Status.Detail); // it was sealed or failed just before: the state below says which
            }

            var last = (await client.GetDatasetAsync(new GetDatasetRequest { Name = created.Name }, deadline: limit,
                cancellationToken: CancellationToken.None)).Dataset;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{last.Name} is {StateFormatter.Format(last.State)}: {last.Counts.Accepted} of {last.Spec.Pairs} pairs were "
                    + $"made."));
            return last;
        }
    }

    /// <summary>Follows a data set that somebody else may have made: Ctrl-C ends the command and leaves the data set alone.</summary>
    /// <param name="hasBegun">True where the mesh has answered this command before: then the first break of the watch is waited for
    /// too.</param>
    public static async Task<ImageReportDataset> FollowAsync(DatasetService.DatasetServiceClient client, string name,
        CancellationToken cancellation, bool hasBegun = false)
    {
        using var progress = ProgressBar.Start("pairs");
        var answers = MeshWatch.FollowAsync(
            () => client.WatchDataset(new WatchDatasetRequest { Name = name }, cancellationToken: cancellation), hasBegun, cancellation);
        ImageReportDataset? last = null;
        await foreach (var answer in answers)
        {
            last = answer.Dataset;
            var p = last.Counts;
            var rate = DatasetTable.PairsPerSecond(p);
            var detail = string.Create(
                CultureInfo.InvariantCulture, $"{rate:0.0}/s, {p.Attempts - p.Accepted} rejected, shards {p.ShardsDone}/{p.Shards}");
            if (last.State == DatasetState.Sealing)
                detail += ", sealing";
            if (last.Waiting is { } wait)
                detail += $", waits for {DatasetTable.DescribeWait(wait)}";
            progress.ShowCount(p.Accepted, last.Spec.Pairs, detail);
            if (last.State == DatasetState.Paused)
                break;
        }

        return last ?? throw new IOException("The mesh ended the watch without an answer.");
    }
}
