using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Ctrl-C and SIGTERM. The first signal cancels the command, which may take as long as it needs to cancel its work in the mesh; another
/// one ends the process at once, if it comes more than a second later: a terminal and the program that started this one may both pass the
/// same Ctrl-C on. The handler of System.CommandLine would end it two seconds after the first.
/// </summary>
internal sealed class InterruptHandler : IDisposable
{
    /// <summary>Signals within this time of the first are the same Ctrl-C.</summary>
    private static readonly TimeSpan _sameSignal = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _firstSignalAt;

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
        var first = Interlocked.CompareExchange(ref _firstSignalAt, TimeProvider.System.GetTimestamp(), 0);
        if (first == 0)
            _cancellation.Cancel();
        else if (TimeProvider.System.GetElapsedTime(first) > _sameSignal)
            Environment.Exit(ExitCodes.Cancelled);
    }
}
