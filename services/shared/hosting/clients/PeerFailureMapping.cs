using System.Net.Sockets;
using Grpc.Core;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// What kept a call from its answer, by the exceptions of .NET's HTTP client. One fault comes as several exceptions, by who was first: the
/// request, or the end of the connection.
/// </summary>
internal static class PeerFailureMapping
{
    /// <summary>HTTP_1_1_REQUIRED of HTTP/2: what Kestrel's HTTP/1.1 port answers to the preface of HTTP/2.</summary>
    private const long Http11Required = 0xd;

    /// <summary>How grpc-dotnet says that a stream ended without a status; it has no exception, and the code CANCELLED.</summary>
    private const string EndWithoutStatus = "No grpc-status found on response.";

    /// <summary>How grpc-dotnet says that the answer is HTTP/2 but not gRPC, such as a proxy's or a web site's.</summary>
    private const string OtherAnswer = "Bad gRPC response.";

    /// <summary>
    /// What went wrong, without a full stop; null where the server itself gave the status, or the caller ended the call. Only the client's
    /// own failures carry the exception that they came from.
    /// </summary>
    /// <param name="hasBegun">True when a message of the answer had arrived.</param>
    /// <param name="peer">Name of the server.</param>
    /// <param name="where">The addresses that were tried.</param>
    /// <param name="noGrpcHint">Added where what answers there may be something else than gRPC.</param>
    public static string? Describe(RpcException error, bool hasBegun, string peer, string where, string noGrpcHint)
    {
        var causes = ListCauses(error);
        if (causes.OfType<NoReplicaReadyException>().FirstOrDefault() is { } unready)
            return unready.Message.TrimEnd('.');
        if (causes.OfType<HttpProtocolException>().FirstOrDefault() is { } protocol)
            return WasReset(protocol) ? $"{peer} broke off the call at {where}" : NoGrpc("HTTP/2");
        if (causes.Exists(IsLostConnection))
            return hasBegun ? $"{peer} broke off the call at {where}"
                : $"the server at {where} closed the connection before it answered{noGrpcHint}";
        if (causes.Exists(c => c is HttpRequestException
            {
                HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError
            }))
            return NoGrpc("HTTP/2");
        if (causes.Find(c => c is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }) is { } tls)
            return $"the server at {where} offers no TLS connection that this machine accepts: "
                + $"{tls.InnerException?.Message ?? tls.Message}";
        if (error.Status.Detail.StartsWith(OtherAnswer, StringComparison.Ordinal))
            return NoGrpc(error.Status.Detail[OtherAnswer.Length..].Trim());
        if (error.Status.Detail.StartsWith(EndWithoutStatus, StringComparison.Ordinal))
            return $"{peer} broke off the call at {where}";
        return error.StatusCode == StatusCode.Unavailable && causes.Count > 0
            ? hasBegun ? $"{peer} broke off the call at {where}" : $"{peer} does not answer at {where}" : null;

        string NoGrpc(string what) => $"the server at {where} does not speak gRPC ({what}){noGrpcHint}";
    }

    /// <summary>
    /// RST_STREAM and GOAWAY say that the server speaks HTTP/2, unless they say that it wants HTTP/1.1; the same exception says that what
    /// it sent is none.
    /// </summary>
    private static bool WasReset(HttpProtocolException error) => error.ErrorCode != Http11Required
        && !error.Message.StartsWith("The HTTP/2 server sent invalid data", StringComparison.Ordinal);

    /// <summary>
    /// The connection was there and ended. Where it ends before any call is on it, the client has no error code but throws a bare
    /// exception, which grpc-dotnet takes for INTERNAL.
    /// </summary>
    private static bool IsLostConnection(Exception cause) => cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
        or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
        or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null }
        or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown }
        or ObjectDisposedException;

    private static List<Exception> ListCauses(RpcException error)
    {
        var causes = new List<Exception>();
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
            causes.Add(cause);
        return causes;
    }
}
