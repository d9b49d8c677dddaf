using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Database.Work;

namespace SynCxr.Mesh.Shared.Tests.Database;

internal sealed class NoteOptions : WorkOptions;

/// <summary>Where a note is.</summary>
internal sealed record Note(string Text);

/// <summary>Work that says "begun" and then waits for <see cref="Go"/>; the spec "fail" fails.</summary>
internal sealed class NoteWork(WorkRows rows, WorkOptions options, TimeProvider clock) : LeasedWork<Note>(rows, options, clock, new Running(), NullLogger.Instance)
{
    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Begun { get; } = [];

    public List<string> Tellings { get; } = [];

    public Told Answer { get; set; } = Told.Settled;

    protected override async Task RunAsync(WorkRow row, LiveWork<Note> live, CancellationToken cancellation)
    {
        live.Change(_ => new Note("begun"));
        lock (Begun)
            Begun.Add(row.SpecJson);
        await Go.Task.WaitAsync(cancellation);
        if (row.SpecJson == "fail")
            throw new InvalidDataException("as was wanted");
        live.Change(_ => new Note("done"));
    }

    protected override Task<Told> TellAsync(Work<Note> ended, CancellationToken cancellation)
    {
        lock (Tellings)
            Tellings.Add($"{ended.Row.SpecJson} {ended.Row.Stage}");
        return Task.FromResult(Answer);
    }

    protected override void Ended(Work<Note> ended, Exception? error)
    {
    }

    protected override Note Read(string statusJson) => new(statusJson);

    protected override string Write(Note status) => status.Text;

    private sealed class Running : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => new(canceled: true);

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
