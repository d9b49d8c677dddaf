using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Ctrl-C and SIGTERM. The first signal cancels the command, which may take as long as it needs to cancel its work in the mesh; the second
/// one ends the process at once. The handler of System.CommandLine would end it two seconds after the first.
/// </summary>
internal sealed class InterruptHandler : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signalCount;

    public InterruptHandler()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _cancellation.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
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
