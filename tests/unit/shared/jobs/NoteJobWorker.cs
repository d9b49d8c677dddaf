using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Jobs;

namespace SynCxr.Mesh.Shared.Tests.Jobs;

internal sealed class NoteJobOptions : JobOptions;

/// <summary>Where a note is.</summary>
internal sealed record Note(string Text);

/// <summary>Work that says "begun" and then waits for <see cref="Continue"/>; the spec "fail" fails.</summary>
internal sealed class NoteJobWorker(JobQueue rows, JobOptions options, TimeProvider clock)
    : JobWorker<Note>(rows, options, StartedLifetime.CreateWait(), clock, new StartedLifetime(), NullLogger.Instance)
{
    public TaskCompletionSource Continue { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> StartedSpecs { get; } = [];

    public List<string> PublishedEnds { get; } = [];

    public PublishResult NextPublishResult { get; set; } = PublishResult.Settled;

    protected override async Task RunAsync(JobRow row, RunningJob<Note> live, CancellationToken cancellation)
    {
        live.Update(_ => new Note("begun"));
        lock (StartedSpecs)
            StartedSpecs.Add(row.SpecJson);
        await Continue.Task.WaitAsync(cancellation);
        if (row.SpecJson == "fail")
            throw new InvalidDataException("as was wanted");
        live.Update(_ => new Note("done"));
    }

    protected override Task<PublishResult> PublishEndAsync(JobView<Note> ended, CancellationToken cancellation)
    {
        lock (PublishedEnds)
            PublishedEnds.Add($"{ended.Row.SpecJson} {ended.Row.Stage}");
        return Task.FromResult(NextPublishResult);
    }

    protected override void OnEnded(JobView<Note> ended, Exception? error)
    {
    }

    protected override Note ParseStatus(string statusJson) => new(statusJson);

    protected override string FormatStatus(Note status) => status.Text;

    internal sealed class StartedLifetime : IHostApplicationLifetime
    {
        public static ServerWait CreateWait() =>
            new(Options.Create(new MeshOptions()), new StartedLifetime(), TimeProvider.System, NullLogger<ServerWait>.Instance);

        public CancellationToken ApplicationStarted => new(canceled: true);

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
