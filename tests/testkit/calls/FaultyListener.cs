using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>A TCP port on loopback that is no gRPC server: it does to each connection what a test says.</summary>
public sealed class FaultyListener : IDisposable
{
    private const int PrefaceBytes = 24; // "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public FaultyListener(Func<Socket, CancellationToken, Task> onConnected)
    {
        _listener.Start();
        _ = AcceptAsync(onConnected);
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public static Task CloseAtOnceAsync(Socket connection, CancellationToken cancellation) => Task.CompletedTask;

    public static Task CloseAfterPrefaceAsync(Socket connection, CancellationToken cancellation) =>
        ReadPrefaceAsync(connection, cancellation);

    public static async Task ResetAsync(Socket connection, CancellationToken cancellation)
    {
        await ReadPrefaceAsync(connection, cancellation);
        connection.LingerState = new LingerOption(true, 0); // RST in place of FIN
    }

    public static async Task AnswerHttp11Async(Socket connection, CancellationToken cancellation)
    {
        await ReadPrefaceAsync(connection, cancellation);
        await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            cancellation);
        connection.Shutdown(SocketShutdown.Send);
    }

    /// <summary>As a process that is stopped: the kernel takes the connection, and nobody answers.</summary>
    public static Task HangAsync(Socket connection, CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private static async Task ReadPrefaceAsync(Socket connection, CancellationToken cancellation)
    {
        var preface = new byte[PrefaceBytes];
        for (var read = 0; read < preface.Length;)
        {
            var more = await connection.ReceiveAsync(preface.AsMemory(read), cancellation);
            if (more == 0)
                return;
            read += more;
        }
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> onConnected)
    {
        var stop = _stop.Token;
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(stop), onConnected, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private static async Task ServeAsync(Socket connection, Func<Socket, CancellationToken, Task> onConnected, CancellationToken stop)
    {
        using (connection)
        {
            try
            {
                await onConnected(connection, stop);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // The client was faster, or the test is over.
            }
        }
    }
}
