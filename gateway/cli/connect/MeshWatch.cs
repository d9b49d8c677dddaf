using Grpc.Core;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>How the command follows long work: a watch that breaks off is taken up again.</summary>
internal static class MeshWatch
{
    /// <summary>
    /// How long after a break the mesh may take to answer again; then the command ends with <see cref="ExitCodes.Unavailable"/>.
    /// </summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc cref="WatchReader.ReadAsync"/>
    public static IAsyncEnumerable<T> FollowAsync<T>(Func<AsyncServerStreamingCall<T>> open, bool hasBegun,
        CancellationToken cancellation) =>
        new WatchReader(TimeProvider.System, _patience, problem => Console.Error.WriteLine(
            $"The watch broke off and is taken up again, for {_patience.TotalMinutes} minutes at most: {problem}"))
            .ReadAsync(open, hasBegun, cancellation);
}
