using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SynCxr.Mesh.Testkit;

/// <summary>
/// Ports for the servers that tests start. They are below the range that the system gives to outgoing connections, which could take one
/// before a slow process listens on it, and below the ports of the private servers, which return to theirs.
/// </summary>
public static class TestPort
{
    private const int First = 12_000;
    private const int Count = 8_000;
    private static readonly string _folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "syncxr-test-ports")).FullName;
    private static readonly List<FileStream> _reservations = [];
    private static int _last = Environment.ProcessId * 31;

    /// <summary>A free port that no other caller gets, in this process or in another test program that runs beside it.</summary>
    public static int Reserve()
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = First + ((Interlocked.Increment(ref _last) & int.MaxValue) % Count);
            try
            {
                // The system gives the lock back when this process ends, however it ends.
                var reservation = new FileStream(Path.Combine(_folder, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate,
                    FileAccess.ReadWrite, FileShare.None);
                lock (_reservations)
                    _reservations.Add(reservation);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                // in use, or somebody else's: try the next one
            }
        }

        throw new InvalidOperationException("None of a thousand ports was free.");
    }
}
