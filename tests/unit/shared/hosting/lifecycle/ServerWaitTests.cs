using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Lifecycle;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Lifecycle;

/// <summary>Waiting for a server at start, on a clock that the test moves.</summary>
public sealed class ServerWaitTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly EndingLifetime _lifetime = new();
    private readonly ServerWait _wait;

    public ServerWaitTests() =>
        _wait = new ServerWait(Options.Create(new MeshOptions { StartLimit = TimeSpan.FromSeconds(35) }), _lifetime, _clock, _log);

    public void Dispose()
    {
        _wait.Dispose();
        _lifetime.Dispose();
    }

    [Fact]
    public async Task Wait_ServerThatComesBack_SaysALineEveryTenSecondsAndGoesOn()
    {
        var tries = 0;
        var waiting = WaitAsync(() => ++tries < 25 ? throw new IOException("away") : Task.CompletedTask);

        await MoveUntilAsync(waiting);

        await waiting;
        Assert.Equal(25, tries);
        Assert.Equal(3, _log.Lines.Count); // at 0, 10 and 20 seconds
        Assert.Equal("The broker at b:1 is waited for, and the process is not ready until then: away (Bus:Host).", _log.Lines[0]);
        Assert.Null(_wait.Problem);
    }

    [Fact]
    public async Task Wait_LimitOver_SaysWhatWhereAndWhatToDo()
    {
        var waiting = WaitAsync(() => throw new IOException("away"));

        await MoveUntilAsync(waiting);

        var problem = await Assert.ThrowsAsync<StartException>(() => waiting);
        Assert.Equal(
            "Bus:Host: The broker at b:1 was waited for in vain for 36 s (Mesh:StartLimit): away. Start it, or correct the setting.",
            problem.Message);
        Assert.Same(problem, _wait.Problem);
    }

    [Fact]
    public async Task Wait_ProblemThatStays_EndsTheOtherWaits()
    {
        var other = WaitAsync(() => throw new IOException("away"));

        var problem = await Assert.ThrowsAsync<StartException>(
            () => WaitAsync(() => throw new InvalidOperationException("wrong password")));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Same(problem, _wait.Problem);
    }

    [Fact]
    public async Task Wait_ProcessThatIsTold_ToStopEnds()
    {
        var waiting = WaitAsync(() => throw new IOException("away"));

        _lifetime.StopApplication();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Null(_wait.Problem);
    }

    private Task WaitAsync(Func<Task> attempt) => _wait.WaitAsync("The broker at b:1", "Bus:Host", _ => attempt(),
        error => error is IOException ? error.Message : throw new StartException(error.Message, error), CancellationToken.None);

    private async Task MoveUntilAsync(Task waiting)
    {
        for (var i = 0; i < 200 && !waiting.IsCompleted; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    private sealed class RecordingLogger : ILogger<ServerWait>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }

    private sealed class EndingLifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
