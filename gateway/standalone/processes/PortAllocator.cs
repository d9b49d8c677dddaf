using System.Net;
using System.Net.Sockets;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Finds free ports on loopback, from below the range that the system gives to outgoing connections, so that a restarted replica finds its
/// ports free.
/// </summary>
internal sealed class PortAllocator
{
    private const int FirstPort = 20_000;
    private const int LastPort = 31_999;
    private int _lastAllocated = FirstPort + (Environment.ProcessId * 37 % (LastPort - FirstPort));

    public int Next()
    {
        for (var tried = 0; tried <= LastPort - FirstPort; tried++)
        {
            _lastAllocated = _lastAllocated >= LastPort ? FirstPort : _lastAllocated + 1;
            if (IsFree(_lastAllocated))
                return _lastAllocated;
        }

        throw new IOException($"All ports from {FirstPort} to {LastPort} are in use.");
    }

    /// <summary>Checks a port that the user has chosen.</summary>
    /// <exception cref="MeshException">It is in use or out of range.</exception>
    public static int ValidateFree(string option, int port) =>
        port is > 0 and <= 65535 && IsFree(port)
            ? port : throw MeshException.Invalid(option, $"Port {port} can't be opened: it is in use or out of range. Give another one.");

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
