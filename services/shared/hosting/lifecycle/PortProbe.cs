using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>Finds out before anything is started whether the process can listen where its settings say.</summary>
internal static class PortProbe
{
    /// <exception cref="StartException">A port is in use, or the machine doesn't let the process listen there.</exception>
    public static void Check(MeshOptions options)
    {
        var ports = new[]
        {
            (nameof(MeshOptions.Port), options.Port), (nameof(MeshOptions.JsonPort), options.JsonPort),
            (nameof(MeshOptions.OperationsPort), options.OperationsPort ?? 0),
        };
        foreach (var (setting, port) in ports)
        {
            if (port == 0)
                continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Parse(options.Listen), port);
                listener.Start();
            }
            catch (SocketException error)
            {
                throw new StartException(Describe(setting, options.Listen, port, error), error);
            }
        }
    }

    private static string Describe(string setting, string address, int port, SocketException error)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"port {port} of {address}");
        return error.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"{MeshOptions.Section}:{setting}: {place} is in use by another process. End that one, or give another port.",
            SocketError.AccessDenied =>
                $"{MeshOptions.Section}:{setting}: {place} may not be opened by this user. Give a port above 1023.",
            SocketError.AddressNotAvailable =>
                $"{MeshOptions.Section}:{nameof(MeshOptions.Listen)}: {address} is not an address of this machine. Give one that is.",
            _ => $"{MeshOptions.Section}:{setting}: {place} can't be opened: {error.Message.TrimEnd('.')}. Give another one.",
        };
    }
}
