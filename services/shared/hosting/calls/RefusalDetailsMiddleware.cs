using System.Globalization;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SynCxr.Mesh.Errors;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Gives every answer that is not OK exactly one ErrorInfo. What a handler throws has it by <see cref="ErrorInterceptor"/>; what fails
/// before or beside a handler, in grpc-dotnet's reader, in routing, in the proxy, comes here with a bare status, and is said anew. It works
/// inside the gRPC-Web middleware, whose answers have their trailers in the body.
/// </summary>
internal sealed class RefusalDetailsMiddleware(RequestDelegate next, RefusalLog log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(() =>
        {
            CompleteStatus(http, http.Response.Headers); // trailers-only: what a stock client may try again
            return Task.CompletedTask;
        });
        if (http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not null)
        {
            if (MetadataValidator.FindProblem(http.Request.Headers) is { } problem)
            {
                await RefuseAsync(http, problem, null);
                return;
            }

            http.Features.Set<IHttpResponseBodyFeature>(new CompletionHookBodyFeature(
                http.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), () => CompleteTrailers(http)));
        }

        try
        {
            await next(http);
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, error as MeshException ?? FailedCallMapping.FromStatus(StatusCode.Unknown, "", error), error);
            return;
        }

        CompleteTrailers(http);
        if (!http.Response.HasStarted && http.Response.StatusCode >= StatusCodes.Status400BadRequest
            && !http.Response.Headers.ContainsKey(RefusalWriter.StatusTrailer))
        {
            var status = http.Response.StatusCode;
            await RefusalWriter.WriteAsync(http, FailedCallMapping.FromHttpStatus(status), status);
        }
    }

    private Task RefuseAsync(HttpContext http, MeshException refusal, Exception? error)
    {
        LogRefusal(http, refusal, error);
        return RefusalWriter.WriteAsync(http, refusal);
    }

    /// <summary>For an answer that had a message, whose status comes after it.</summary>
    private void CompleteTrailers(HttpContext http)
    {
        if (http.Response.HasStarted && http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
            CompleteStatus(http, trailers);
    }

    private void CompleteStatus(HttpContext http, IHeaderDictionary trailers)
    {
        if (!int.TryParse(trailers[RefusalWriter.StatusTrailer], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || code == (int)StatusCode.OK || HasDetails(trailers))
            return;
        var error = http.Features.Get<IServerCallContextFeature>()?.ServerCallContext.Status.DebugException;
        var detail = Uri.UnescapeDataString(trailers[RefusalWriter.MessageTrailer].ToString());
        var refusal = FailedCallMapping.FromStatus((StatusCode)code, detail, error);
        LogRefusal(http, refusal, error);
        RefusalWriter.SetTrailers(trailers, RefusalStatusMapping.ToStatus(refusal), refusal.RetryAfter);
    }

    private static bool HasDetails(IHeaderDictionary trailers)
    {
        if (trailers[RefusalWriter.DetailsTrailer].ToString() is not { Length: > 0 } encoded)
            return false;
        try
        {
            var bytes = Convert.FromBase64String(encoded.PadRight((encoded.Length + 3) / 4 * 4, '='));
            return RefusalStatusMapping.HasOneErrorInfo(RpcStatus.Parser.ParseFrom(bytes));
        }
        catch (Exception error) when (error is FormatException or InvalidProtocolBufferException)
        {
            return false; // another program's server behind the gateway: its details can't be read, so they are said anew
        }
    }

    private void LogRefusal(HttpContext http, MeshException refusal, Exception? error)
    {
        var id = http.Request.Headers[RequestContext.RequestIdHeader].ToString() is { Length: > 0 } given
            ? EchoedText.Shorten(given) : "unknown";
        var path = EchoedText.Shorten(http.Request.Path.Value ?? "");
        if (refusal.Reason == ErrorReasons.Internal && error is not null)
            log.WriteFailure(error, path, id);
        else
            log.WriteRefusal(refusal, path, id);
    }
}
