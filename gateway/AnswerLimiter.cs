using System.Globalization;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Bounds the time that a replica may take to answer: to the end of an answer that is one message, to the first message of a stream. A
/// deadline of the client's own that ends sooner holds as well, for the whole of a stream.
/// </summary>
internal sealed class AnswerLimiter(IOptions<GatewayOptions> options, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var own = options.Value.AnswerLimit;
        var asked = GrpcTimeoutHeader.Read(context.Request.Headers);
        var isStream = ServerStreamTable.Contains(context.Request);
        var started = clock.GetTimestamp();
        using var timer = new CancellationTokenSource(asked < own ? asked.Value : own, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, timer.Token);
        var isOver = false;
        if (isStream)
        {
            context.Response.OnStarting(() => // with the first byte of the first message
            {
                if (!isOver)
                    timer.CancelAfter(Remaining(asked, started));
                return Task.CompletedTask;
            });
        }

        var client = context.RequestAborted;
        context.RequestAborted = either.Token;
        try
        {
            await next();
        }
        finally
        {
            isOver = true;
            context.RequestAborted = client;
        }

        if (timer.IsCancellationRequested && !client.IsCancellationRequested)
            await RefusalWriter.EndAsync(context, Refuse(context, asked, own), isStream);
    }

    /// <summary>What is left of the client's deadline; without one, no limit.</summary>
    private TimeSpan Remaining(TimeSpan? asked, long started)
    {
        if (asked is not { } limit)
            return Timeout.InfiniteTimeSpan;
        var left = limit - clock.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static MeshException Refuse(HttpContext context, TimeSpan? asked, TimeSpan own)
    {
        if (asked < own || context.Response.HasStarted)
            return FailedCallMapping.DeadlinePassed();
        var service = RouteTable.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        return new MeshException(ErrorReasons.DeadlineUnmeetable, string.Create(CultureInfo.InvariantCulture,
            $"The service {service} has not answered within {own.TotalSeconds:0.###} s, the limit of the gateway (Gateway:AnswerLimit)."));
    }
}
