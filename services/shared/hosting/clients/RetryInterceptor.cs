using System.Globalization;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Replicas;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// The one retry policy of the mesh. A unary call that fails with UNAVAILABLE is tried again, at another replica if there is one, after the
/// time that the server gave (<c>grpc-retry-pushback-ms</c>); never where that time is negative or ends past the deadline. Each attempt
/// takes a slot of the peer's <see cref="AdaptiveConcurrencyLimiter"/>, which slows down at a full queue, and where half of the usual
/// deadline or more was too short: a peer that shares out its processors would else work on too many calls to end one in time. What a
/// caller in a hurry misses says nothing of the peer. Channels have no retry policy of their own.
/// </summary>
internal sealed class RetryInterceptor(
    string peer, ReplicaSetRegistry replicas, IOptions<MeshOptions> options, MeshClientMetrics metrics, TimeProvider clock) : Interceptor
{
    private static readonly ResiliencePropertyKey<DateTime?> _deadlineKey = new("syncxr.deadline");
    private readonly ResiliencePipeline _pipeline = BuildPipeline(peer, options.Value.CallAttempts, metrics, clock);
    private readonly AdaptiveConcurrencyLimiter _limiter = replicas.GetOrAdd(peer).Limiter;

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        AsyncUnaryCall<TResponse>? last = null;
        CallAttempt? attempt = null;
        var attempts = 0;
        var response = Run();
        return new AsyncUnaryCall<TResponse>(
            response,
            Headers(),
            () => last!.GetStatus(),
            () => last!.GetTrailers(),
            () => last?.Dispose());

        async Task<TResponse> Run()
        {
            var run = ResilienceContextPool.Shared.Get(context.Options.CancellationToken);
            run.Properties.Set(_deadlineKey, context.Options.Deadline);
            try
            {
                return await _pipeline.ExecuteAsync(async r => await AttemptAsync(r.CancellationToken), run);
            }
            finally
            {
                ResilienceContextPool.Shared.Return(run);
            }
        }

        async Task<TResponse> AttemptAsync(CancellationToken cancellation)
        {
            var round = await _limiter.EnterAsync(RequestContext.Current.Tenant, context.Options.Deadline, cancellation);
            CallAttempt.Current = attempt = new CallAttempt(attempt);
            var wasTooMuch = false;
            var usual = clock.GetUtcNow().UtcDateTime + (options.Value.DefaultDeadline / 2);
            try
            {
                last = continuation(request, WithAttemptNumber(context, attempts++));
                return await last.ResponseAsync;
            }
            catch (RpcException refusal)
            {
                wasTooMuch = refusal.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason == ErrorReasons.QueueFull.Name
                    || (refusal.StatusCode == StatusCode.DeadlineExceeded && context.Options.Deadline >= usual);
                throw;
            }
            finally
            {
                attempt.Complete();
                _limiter.Leave(round, wasTooMuch);
            }
        }

        async Task<Metadata> Headers()
        {
            await response;
            return await last!.ResponseHeadersAsync;
        }
    }

    /// <summary>A stream is not tried again, but it counts as a call in flight to its replica.</summary>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var outer = CallAttempt.Current;
        var attempt = new CallAttempt(null);
        CallAttempt.Current = attempt;
        try
        {
            return attempt.CompleteWithStream(continuation(request, context));
        }
        finally
        {
            CallAttempt.Current = outer;
        }
    }

    private static ClientInterceptorContext<TRequest, TResponse> WithAttemptNumber<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, int before)
        where TRequest : class
        where TResponse : class
    {
        if (before == 0)
            return context;
        var headers = new Metadata { { RequestConcurrencyLimiter.PreviousAttemptsHeader, before.ToString(CultureInfo.InvariantCulture) } };
        foreach (var entry in context.Options.Headers ?? [])
            headers.Add(entry);
        return new(context.Method, context.Host, context.Options.WithHeaders(headers));
    }

    private static ResiliencePipeline BuildPipeline(string peer, int attempts, MeshClientMetrics metrics, TimeProvider clock)
    {
        if (attempts <= 1)
            return ResiliencePipeline.Empty;
        var retry = new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is RpcException e && IsRetryable(e, args.Context.Properties.GetValue(_deadlineKey, null), clock)),
            MaxRetryAttempts = attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
            DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
                args.Outcome.Exception is RpcException e && ReadRetryAfterMs(e) is { } ms ? TimeSpan.FromMilliseconds(ms) : null),
            OnRetry = args =>
            {
                metrics.RecordRetry(peer, args.Outcome.Exception as RpcException);
                return ValueTask.CompletedTask;
            },
        };
        return new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(retry).Build();
    }

    private static bool IsRetryable(RpcException error, DateTime? deadline, TimeProvider clock)
    {
        if (error.StatusCode != StatusCode.Unavailable)
            return false;
        var wait = ReadRetryAfterMs(error) ?? 0;
        return wait >= 0 && (deadline is null || clock.GetUtcNow().UtcDateTime.AddMilliseconds(wait) < deadline);
    }

    private static long? ReadRetryAfterMs(RpcException exception) =>
        long.TryParse(exception.Trailers.GetValue("grpc-retry-pushback-ms"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var ms) ? ms : null;
}
