namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// How a connection to a peer is given up. A process that hangs, or is stopped, still has its connections: only HTTP/2 pings tell.
/// </summary>
public static class PeerConnection
{
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(5);

    /// <summary>A connection with calls on it that is silent this long is asked by a ping.</summary>
    private static readonly TimeSpan _pingAfter = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the answer may take, until every call on the connection ends as UNAVAILABLE: a busy machine is no lost one.
    /// </summary>
    private static readonly TimeSpan _pingLimit = TimeSpan.FromSeconds(20);

    public static SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler();
        SetLimits(handler);
        return handler;
    }

    public static void SetLimits(SocketsHttpHandler handler)
    {
        handler.EnableMultipleHttp2Connections = true;
        handler.ConnectTimeout = _connectLimit;
        handler.KeepAlivePingDelay = _pingAfter;
        handler.KeepAlivePingTimeout = _pingLimit;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
    }
}
