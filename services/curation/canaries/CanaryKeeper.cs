using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation.Canaries;

/// <summary>
/// Has each judge assess the pictures of <see cref="CanaryFolderOptions.Folder"/> at its start, and keeps those that it gets right: what it
/// gets wrong from the first is a matter of its training, what it gets wrong later is drift. <c>ready</c> waits for the loaded judge; one
/// that gets too few right stops the process.
/// </summary>
internal sealed class CanaryKeeper(IOptions<CanaryFolderOptions> options, Curator curator, ChatJudgeRegistry chatJudges,
    TimeProvider clock, ILogger<CanaryKeeper> logger) : BackgroundService, IHealthCheck
{
    private const string LoadedJudgeName = "";

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, KeptCanaries> _kept = new(StringComparer.Ordinal);

    /// <summary>The canary of a number; even numbers are good ones, odd ones bad, in turn.</summary>
    /// <param name="judge">Whose canaries; null for the loaded judge.</param>
    /// <exception cref="MeshException">NOT_FOUND where no folder is configured; MODEL_NOT_LOADED until they are assessed, and, without a
    /// time to try again, for a judge that got too few of them right.</exception>
    public Canary Find(ChatJudge? judge, ulong number)
    {
        if (options.Value.Folder.Length == 0)
            throw new MeshException(ErrorReasons.NotFound,
                $"This replica has no canaries: {CanaryFolderOptions.Section}:Folder names no folder.");
        if (!_kept.TryGetValue(judge?.Name ?? LoadedJudgeName, out var kept))
            throw new MeshException(ErrorReasons.ModelNotLoaded, "The canaries are still being assessed.",
                retryAfter: TimeSpan.FromSeconds(1));
        if (kept.Problem is { } problem)
            throw new MeshException(ErrorReasons.ModelNotLoaded, $"{CanaryFolderOptions.Section}:Folder: {problem}");
        var kind = number % 2 == 0 ? kept.Good : kept.Bad;
        return kind[(int)(number / 2 % (ulong)kind.Count)];
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(options.Value.Folder.Length > 0 && !_kept.ContainsKey(LoadedJudgeName)
            ? HealthCheckResult.Unhealthy("The canaries are still being assessed.") : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Folder.Length == 0)
            return;
        try
        {
            await Task.Yield();
            var canaries = CanaryFolderReader.Read(options.Value);
            var own = await AssessAsync(null, canaries, stoppingToken);
            _kept[LoadedJudgeName] = own.Problem is null ? own : throw new InvalidDataException(own.Problem);
            foreach (var judge in chatJudges.All)
                _kept[judge.Name] = await AssessAsync(judge, canaries, stoppingToken);
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"{CanaryFolderOptions.Section}:{nameof(CanaryFolderOptions.Folder)}", error.Message);
        }
    }

    private async Task<KeptCanaries> AssessAsync(ChatJudge? judge, IReadOnlyList<Canary> canaries, CancellationToken cancellation)
    {
        var name = judge?.Name ?? "loaded here";
        var right = new List<Canary>();
        foreach (var canary in canaries)
        {
            if (await IsAcceptedAsync(judge, CanaryFolderReader.Decode(canary), cancellation) == canary.IsGood)
                right.Add(canary);
            else
                Log.CanaryLeftOut(logger, canary.Name, name, canary.IsGood ? "rejects" : "accepts");
        }

        var kept = new KeptCanaries([.. right.Where(c => c.IsGood)], [.. right.Where(c => !c.IsGood)]);
        var (allGood, least) = (canaries.Count(c => c.IsGood), options.Value.LeastOfKind);
        Log.CanariesKept(logger, name, kept.Good.Count, allGood, kept.Bad.Count, canaries.Count - allGood);
        return kept.Good.Count >= least && kept.Bad.Count >= least ? kept : kept with
        {
            Problem = $"the judge {name} got {kept.Good.Count} of {allGood} good pictures and {kept.Bad.Count} of "
                + $"{canaries.Count - allGood} bad ones right; {least} of each are needed",
        };
    }

    private async Task<bool> IsAcceptedAsync(ChatJudge? judge, GrayImage image, CancellationToken cancellation)
    {
        var terms = new BatchRowOptions { Tenant = RequestContext.LocalTenant };
        for (var pause = _firstPause; ; pause = pause * 2 > _longestPause ? _longestPause : pause * 2)
        {
            try
            {
                return (await curator.AssessAsync(image, judge, "", MemorisationPolicy.LeftOut, terms, cancellation)).Verdict.Accepted;
            }
            catch (MeshException error)
            {
                // The judge is being loaded, or its server does not answer: whoever uses it waits too.
                if (error.Reason != ErrorReasons.ModelNotLoaded || error.RetryAfter is null)
                    Log.CanaryNotAssessed(logger, judge?.Name ?? "loaded here", error.Message);
                await Task.Delay(pause, clock, cancellation);
            }
        }
    }

    private sealed record KeptCanaries(IReadOnlyList<Canary> Good, IReadOnlyList<Canary> Bad)
    {
        /// <summary>Why they are not used; null where they are.</summary>
        public string? Problem { get; init; }
    }
}
