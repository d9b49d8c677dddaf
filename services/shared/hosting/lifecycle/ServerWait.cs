using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// Waits at start for the servers that a process needs: one that can't be reached or is starting itself is tried again each second, with a
/// line every ten, for <see cref="MeshOptions.StartLimit"/>. What no waiting mends ends all waits of the process.
/// </summary>
public sealed class ServerWait(IOptions<MeshOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<ServerWait> logger) : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _saying = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
    private StartException? _problem;

    /// <summary>Why the process can't start; null while nothing is known that hinders it.</summary>
    public StartException? Problem => _problem;

    /// <summary>Tries until it works.</summary>
    /// <param name="server">What is waited for and where, as the beginning of a sentence: "The database server at a:5432".</param>
    /// <param name="setting">The setting that names it.</param>
    /// <param name="attempt">One try, of a few seconds at most.</param>
    /// <param name="describe">Why a try failed, if waiting may help: the end of a sentence. Throws <see cref="StartException"/> where it
    /// can't.</param>
    /// <exception cref="StartException">It never will work, or did not within the limit.</exception>
    public async Task WaitAsync(string server, string setting, Func<CancellationToken, Task> attempt, Func<Exception, string> describe,
        CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
        var start = clock.GetTimestamp();
        var said = start - clock.TimestampFrequency * (long)_saying.TotalSeconds;
        while (true)
        {
            either.Token.ThrowIfCancellationRequested();
            try
            {
                await attempt(either.Token);
                return;
            }
            catch (Exception error) when (!either.IsCancellationRequested)
            {
                var waited = clock.GetElapsedTime(start);
                var reason = Describe(describe, error);
                if (waited > options.Value.StartLimit)
                    throw Fail(new StartException(string.Create(CultureInfo.InvariantCulture,
                        $"{setting}: {server} was waited for in vain for {waited.TotalSeconds:0} s (Mesh:StartLimit): {reason}. "
                            + $"Start it, or correct the setting."), error));
                if (clock.GetElapsedTime(said) >= _saying)
                {
                    said = clock.GetTimestamp();
                    Log.WaitingForServer(logger, server, reason, setting);
                }
            }

            await Task.Delay(_pause, clock, either.Token);
        }
    }

    public void Dispose() => _ended.Dispose();

    private string Describe(Func<Exception, string> describe, Exception error)
    {
        try
        {
            return describe(error);
        }
        catch (StartException problem)
        {
            throw Fail(problem);
        }
    }

    private StartException Fail(StartException problem)
    {
        Interlocked.CompareExchange(ref _problem, problem, null);
        _ended.Cancel();
        return problem;
    }
}
