using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// Turns the failure to reach a server into UNAVAILABLE with PEER_UNREACHABLE; message and ErrorInfo name the server, the address that was
/// tried and the setting that gave it. A status that the server itself sent passes unchanged.
/// </summary>
/// <param name="peer">Name of the server.</param>
/// <param name="where">The addresses that are tried.</param>
/// <param name="setting">The setting or option that gave them: <c>Peers:report</c>, <c>--mesh</c>.</param>
/// <param name="noGrpcHint">Added to the message when what answers there doesn't speak gRPC.</param>
public sealed class PeerErrorInterceptor(string peer, Func<string> where, string setting, string noGrpcHint = "") : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new AsyncUnaryCall<TResponse>(TranslateErrorsAsync(call.ResponseAsync), call.ResponseHeadersAsync, call.GetStatus,
            call.GetTrailers, call.Dispose);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new AsyncServerStreamingCall<TResponse>(
            new ErrorTranslatingStreamReader<TResponse>(call.ResponseStream, this), call.ResponseHeadersAsync, call.GetStatus,
            call.GetTrailers, call.Dispose);
    }

    private async Task<T> TranslateErrorsAsync<T>(Task<T> answer)
    {
        try
        {
            return await answer;
        }
        catch (RpcException error) when (DescribeFailure(error) is { } problem)
        {
            throw ToUnreachable(problem);
        }
    }

    /// <summary>
    /// Null when the server itself gave the status: only the client's own failures carry the exception that they came from.
    /// </summary>
    private string? DescribeFailure(RpcException error)
    {
        foreach (var cause in CausesOf(error))
        {
            if (cause is HttpProtocolException { ErrorCode: 0 })
                return $"{peer} closed the connection at {where()}"; // NO_ERROR: it does speak HTTP/2
            if (cause is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError
                }
                or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError })
                return $"the server at {where()} does not speak gRPC (HTTP/2){noGrpcHint}";
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError })
                return $"the server at {where()} offers no TLS connection that this machine accepts: "
                    + $"{cause.InnerException?.Message ?? cause.Message}";
        }

        // The client library has no exception type for an HTTP/2 answer that isn't gRPC, such as a proxy's or a web site's: only this text.
        if (error.Status.Detail.StartsWith("Bad gRPC response.", StringComparison.Ordinal))
            return $"the server at {where()} does not speak gRPC ({error.Status.Detail["Bad gRPC response.".Length..].Trim()}){noGrpcHint}";
        return error.StatusCode == StatusCode.Unavailable && error.Status.DebugException is not null
            ? $"{peer} does not answer at {where()}" : null;
    }

    private static IEnumerable<Exception> CausesOf(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    private RpcException ToUnreachable(string problem)
    {
        var info = new ErrorInfo
        {
            Domain = ErrorReasons.Domain,
            Reason = ErrorReasons.PeerUnreachable.Name,
            Metadata = { ["peer"] = peer, ["address"] = where(), ["setting"] = setting },
        };
        return new Google.Rpc.Status
        {
            Code = (int)ErrorReasons.PeerUnreachable.Status,
            Message = $"{problem} ({setting})",
            Details = { Any.Pack(info) },
        }.ToRpcException();
    }

    private sealed class ErrorTranslatingStreamReader<T>(IAsyncStreamReader<T> inner, PeerErrorInterceptor owner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => owner.TranslateErrorsAsync(inner.MoveNext(cancellationToken));
    }
}
