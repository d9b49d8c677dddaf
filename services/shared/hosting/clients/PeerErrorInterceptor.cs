using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Replicas;

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
        return new AsyncUnaryCall<TResponse>(TranslateErrorsAsync(call.ResponseAsync, hasBegun: false), call.ResponseHeadersAsync,
            call.GetStatus, call.GetTrailers, call.Dispose);
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

    private async Task<T> TranslateErrorsAsync<T>(Task<T> answer, bool hasBegun)
    {
        try
        {
            return await answer;
        }
        catch (RpcException error) when (PeerFailureMapping.Describe(error, hasBegun, peer, where(), noGrpcHint) is { } problem)
        {
            throw ToUnreachable(problem, isNoneReady: error.Status.DebugException is NoReplicaReadyException);
        }
    }

    private RpcException ToUnreachable(string problem, bool isNoneReady)
    {
        var info = new ErrorInfo
        {
            Domain = ErrorReasons.Domain,
            Reason = ErrorReasons.PeerUnreachable.Name,
            Metadata = { ["peer"] = peer, ["address"] = where(), ["setting"] = setting },
        };
        var status = new Google.Rpc.Status
        {
            Code = (int)ErrorReasons.PeerUnreachable.Status,
            Message = $"{problem} ({setting})",
            Details = { Any.Pack(info) },
        };
        if (!isNoneReady)
            return status.ToRpcException();
        status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = ReplicaSet.RetryAfter.ToDuration() }));
        var unready = status.ToRpcException();
        unready.Trailers.Add(RefusalStatusMapping.PushBackTrailer, RefusalStatusMapping.FormatPushBack(ReplicaSet.RetryAfter));
        return unready;
    }

    private sealed class ErrorTranslatingStreamReader<T>(IAsyncStreamReader<T> inner, PeerErrorInterceptor owner) : IAsyncStreamReader<T>
    {
        private bool _hasBegun;

        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken) =>
            _hasBegun = await owner.TranslateErrorsAsync(inner.MoveNext(cancellationToken), _hasBegun);
    }
}
