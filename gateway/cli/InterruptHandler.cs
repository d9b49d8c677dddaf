using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Ctrl-C and SIGTERM: the first one asks the work to end, in its own time, so that it can be cancelled where it runs; the second one ends
/// the process at once. System.CommandLine's own handling would cut the cancelling off after two seconds.
/// </summary>
internal sealed class InterruptHandler : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signalCount;

    public InterruptHandler()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _cancellation.Token;

    public void Dispose()
    {
        foreach (var signal in _registrations)
            signal.Dispose();
        _cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.Increment(ref _signalCount) > 1)
            Environment.Exit(ExitCodes.Cancelled);
        _cancellation.Cancel();
    }
}
