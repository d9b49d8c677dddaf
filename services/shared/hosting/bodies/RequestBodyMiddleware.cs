using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Methods;

namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>
/// Reads the request of a call whose caller is known, within the limits of its method and of the process: bytes, entries, time, requests at
/// once. What comes after it, gRPC's reader, JSON transcoding or the proxy, reads it from memory. Every method of the contracts takes one
/// message.
/// </summary>
internal sealed class RequestBodyMiddleware(RequestDelegate next, RequestMemoryLimiter limiter, IOptions<MeshOptions> options,
    TimeProvider clock)
{
    private const string EncodingHeader = "grpc-encoding";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false || MethodFinder.IsReflection(http.Request.Path))
        {
            await next(http);
            return;
        }

        using var memory = limiter.Open();
        using var late = new CancellationTokenSource(options.Value.BodyLimit, clock);
        await ReadAsync(http, memory, late.Token);
        await next(http);
    }

    private async Task ReadAsync(HttpContext http, RequestMemoryLimiter.RequestMemory memory, CancellationToken late)
    {
        var policy = MethodFinder.Find(http.Request);
        var reader = new RequestBodyReader(policy?.Method.Name ?? "a method that this version doesn't know",
            policy?.MaxBytes ?? MethodPolicy.UsualBytes, memory);
        if (http.Request.ContentLength > RequestBodyReader.PrefixBytes + (policy?.MaxBytes ?? MethodPolicy.UsualBytes))
            throw reader.TooLarge();
        var body = http.Request.BodyReader;
        ReadOnlyMemory<byte> read;
        using (MethodFinder.IsHealth(http.Request.Path) ? null : limiter.EnterArrival())
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(late, http.RequestAborted))
        {
            try
            {
                read = RefusalWriter.IsGrpc(http.Request)
                    ? await reader.ReadFrameAsync(body, end.Token) : await reader.ReadToEndAsync(body, end.Token);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                throw RequestBodyReader.TooSlow();
            }
        }

        var maxEntries = policy?.MaxEntries ?? MethodPolicy.UsualEntries;
        if (IsOver(http.Request, reader, read, policy, maxEntries))
            throw reader.TooMany(maxEntries);
        var again = new ReplayedRequestStream(read, body.AsStream(leaveOpen: true), policy is null ? CancellationToken.None : late);
        http.Request.Body = again;
        http.Features.Set<IRequestBodyPipeFeature>(again);
    }

    private static bool IsOver(HttpRequest request, RequestBodyReader reader, ReadOnlyMemory<byte> read, MethodPolicy? policy,
        int maxEntries) => RefusalWriter.IsGrpc(request)
            ? reader.ReadMessage(read, request.Headers[EncodingHeader].ToString()) is { } message
                && ProtobufEntryCounter.IsOver(message.Span, policy?.Method.InputType, maxEntries)
            : JsonEntryCounter.IsOver(read.Span, maxEntries);
}
