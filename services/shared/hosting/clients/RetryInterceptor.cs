using System.Globalization;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace SynCxr.Mesh.Hosting;

/// <summary>
/// The one retry policy of the mesh: unary calls that meet UNAVAILABLE are tried again, after the server's push-back
/// where it gives one. A negative push-back means never. Channels carry no retry policy of their own.
/// </summary>
internal sealed class RetryInterceptor(IOptions<MeshOptions> options, TimeProvider clock) : Interceptor
{
    private readonly ResiliencePipeline _pipeline = Build(options.Value.CallAttempts, clock);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        AsyncUnaryCall<TResponse>? last = null;
        var response = Run();
        return new AsyncUnaryCall<TResponse>(
            response,
            Headers(),
            () => last!.GetStatus(),
            () => last!.GetTrailers(),
            () => last?.Dispose());

        async Task<TResponse> Run() => await _pipeline.ExecuteAsync(
            async _ =>
            {
                last = continuation(request, context);
                return await last.ResponseAsync;
            },
            context.Options.CancellationToken);

        async Task<Metadata> Headers()
        {
            await response;
            return await last!.ResponseHeadersAsync;
        }
    }

    private static ResiliencePipeline Build(int attempts, TimeProvider clock)
    {
        if (attempts <= 1)
            return ResiliencePipeline.Empty;
        var retry = new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<RpcException>(e => e.StatusCode == StatusCode.Unavailable && PushBack(e) is not < 0),
            MaxRetryAttempts = attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
            DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
                args.Outcome.Exception is RpcException e && PushBack(e) is { } ms ? TimeSpan.FromMilliseconds(ms) : null),
        };
        return new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(retry).Build();
    }

    private static long? PushBack(RpcException exception) =>
        long.TryParse(exception.Trailers.GetValue("grpc-retry-pushback-ms"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) ? ms : null;
}
