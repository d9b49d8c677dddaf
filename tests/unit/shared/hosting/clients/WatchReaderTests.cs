using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Clients;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Clients;

/// <summary>A watch that breaks off is taken up again, with growing pauses, and given up in the end.</summary>
public sealed class WatchReaderTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private readonly PauseRecorder _clock = new();
    private readonly List<string> _told = [];

    [Fact]
    public async Task Read_BreaksOffTwice_GoesOnAndSaysEachBreakOnce()
    {
        var watches = new ScriptedWatches([1, StatusCode.Unavailable], [StatusCode.Unavailable], [StatusCode.DeadlineExceeded], [2, 3,
            StatusCode.Unavailable], [4]);

        var states = await ReadAsync(watches, hasBegun: false);

        Assert.Equal([1, 2, 3, 4], states);
        Assert.Equal(2, _told.Count);
        Assert.Equal([0.5, 1, 2, 0.5], _clock.Pauses);
    }

    [Fact]
    public async Task Read_NeverAnsweredAgain_EndsWithPeerUnreachableAfterItsPatience()
    {
        var watches = new ScriptedWatches([1, StatusCode.Unavailable]) { Always = StatusCode.Unavailable };
        var error = await Assert.ThrowsAsync<MeshException>(() => ReadAsync(watches, hasBegun: false));

        Assert.Equal(ErrorReasons.PeerUnreachable, error.Reason);
        Assert.Contains("within 5 min", error.Message, StringComparison.Ordinal);
        Assert.InRange(_clock.Pauses.Sum(), _patience.TotalSeconds / 2, _patience.TotalSeconds);
        Assert.Equal(15, _clock.Pauses.Max());
        Assert.Single(_told);
    }

    [Theory]
    [InlineData(StatusCode.NotFound, true)]
    [InlineData(StatusCode.Cancelled, true)]
    [InlineData(StatusCode.Unavailable, false)]
    public async Task Read_RefusedOrNeverBegun_FailsAtOnce(StatusCode code, bool hasBegun)
    {
        var watches = new ScriptedWatches([code], [1]);

        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(watches, hasBegun));

        Assert.Equal(code, error.StatusCode);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Read_BrokenBeforeItsFirstState_IsWaitedForWhereTheServerHasAnsweredBefore() =>
        Assert.Equal([1], await ReadAsync(new ScriptedWatches([StatusCode.Unavailable], [1]), hasBegun: true));

    private async Task<List<int>> ReadAsync(ScriptedWatches watches, bool hasBegun)
    {
        var reader = new WatchReader(_clock, _patience, _told.Add);
        var states = new List<int>();
        var reading = Task.Run(async () =>
        {
            await foreach (var state in reader.ReadAsync(watches.Open, hasBegun, TestContext.Current.CancellationToken))
                states.Add(state.Value);
        });
        while (!reading.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.WhenAny(reading, Task.Delay(1));
        }

        await reading;
        return states;
    }

    /// <summary>Each watch is a list of states and, perhaps, the status that it breaks off with.</summary>
    private sealed class ScriptedWatches(params object[][] watches)
    {
        private long _last;

        public StatusCode? Always { get; init; }

        public AsyncServerStreamingCall<Int32Value> Open()
        {
            var script = _last < watches.Length ? watches[_last++] : [Always!.Value];
            return new AsyncServerStreamingCall<Int32Value>(new ScriptReader(script), Task.FromResult(new Metadata()),
                () => Grpc.Core.Status.DefaultSuccess, () => [], () => { });
        }
    }

    /// <summary>Knows the pauses, in seconds, that were asked of it.</summary>
    private sealed class PauseRecorder : FakeTimeProvider
    {
        public List<double> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime.TotalSeconds);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class ScriptReader(object[] script) : IAsyncStreamReader<Int32Value>
    {
        private int _next;

        public Int32Value Current { get; private set; } = new();

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (_next == script.Length)
                return Task.FromResult(false);
            if (script[_next++] is StatusCode code)
                return Task.FromException<bool>(new RpcException(new Grpc.Core.Status(code, "scripted")));
            Current = new Int32Value { Value = (int)script[_next - 1] };
            return Task.FromResult(true);
        }
    }
}
