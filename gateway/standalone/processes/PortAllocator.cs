using System.Net;
using System.Net.Sockets;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Free ports on loopback, below those that outgoing connections take: a replica that is started again finds its own free.
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

        throw new IOException($"no port from {FirstPort} to {LastPort} is free");
    }

    /// <summary>A port that a person asked for.</summary>
    /// <exception cref="MeshException">It can't be taken.</exception>
    public static int ValidateFree(string option, int port) =>
        port is > 0 and <= 65535 && IsFree(port) ? port : throw MeshException.Invalid(option, $"port {port} can't be taken");

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
