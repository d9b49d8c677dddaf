using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Ctrl-C and SIGTERM: the first one asks the work to end, in its own time, so that it can be cancelled where it runs; the second one ends the
/// process at once. System.CommandLine's own handling would cut the cancelling off after two seconds.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _work = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _asked;

    public Interrupt()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _work.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _work.Dispose();
    }

    private void Ask(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.Increment(ref _asked) > 1)
            Environment.Exit(ExitCodes.Cancelled);
        _work.Cancel();
    }
}
