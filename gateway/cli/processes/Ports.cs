using System.Net;
using System.Net.Sockets;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli.Processes;

/// <summary>Free ports on loopback, below those that outgoing connections take: a replica that is started again finds its own free.</summary>
internal sealed class Ports
{
    private const int First = 20_000;
    private const int Last = 31_999;
    private int _next = First + (Environment.ProcessId * 37 % (Last - First));

    public int Next()
    {
        for (var tried = 0; tried <= Last - First; tried++)
        {
            _next = _next >= Last ? First : _next + 1;
            if (IsFree(_next))
                return _next;
        }

        throw new IOException($"no port from {First} to {Last} is free");
    }

    /// <summary>A port that a person asked for.</summary>
    /// <exception cref="MeshException">It can't be taken.</exception>
    public static int Take(string option, int port) =>
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
