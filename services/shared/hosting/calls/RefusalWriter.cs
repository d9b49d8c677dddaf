using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SynCxr.Mesh.Errors;
using HttpRequest = Microsoft.AspNetCore.Http.HttpRequest;
using HttpResponse = Microsoft.AspNetCore.Http.HttpResponse;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Writes a refusal that no handler gave: trailers-only for gRPC and gRPC-Web, otherwise the status as JSON with the HTTP status of its
/// code.
/// </summary>
public static class RefusalWriter
{
    /// <summary>Trailer of the status code; in a refusal without a body it is a header.</summary>
    internal const string StatusTrailer = "grpc-status";

    /// <summary>Trailer of the message, percent-encoded.</summary>
    internal const string MessageTrailer = "grpc-message";

    /// <summary>Trailer of the <c>google.rpc.Status</c>, in base64.</summary>
    internal const string DetailsTrailer = "grpc-status-details-bin";

    private static readonly TypeRegistry _detailTypes = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);
    private static readonly JsonFormatter _jsonFormatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(_detailTypes));
    private static readonly JsonParser _jsonParser = new(JsonParser.Settings.Default.WithTypeRegistry(_detailTypes));

    /// <param name="context">The call; its response has not started.</param>
    /// <param name="refusal">What the caller is to see.</param>
    /// <param name="metadata">Metadata of the ErrorInfo.</param>
    public static Task WriteAsync(HttpContext context, MeshException refusal, params IEnumerable<(string Key, string Value)> metadata) =>
        WriteAsync(context, refusal, RefusalStatusMapping.ToHttpStatus(refusal.Reason), metadata);

    /// <param name="httpStatus">The HTTP status in JSON, where it is not that of the code.</param>
    internal static Task WriteAsync(HttpContext context, MeshException refusal, int httpStatus,
        params IEnumerable<(string Key, string Value)> metadata)
    {
        var status = RefusalStatusMapping.ToStatus(refusal, metadata);
        var response = context.Response;
        response.ContentLength = null;
        if (!IsGrpc(context.Request))
            return WriteJsonAsync(response, status, httpStatus, refusal.RetryAfter, context.RequestAborted);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        SetTrailers(response.Headers, status, refusal.RetryAfter);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Ends an answer that may have begun: as <see cref="WriteAsync(HttpContext, MeshException, IEnumerable{ValueTuple{string, string}})"/>
    /// where it has not; else in the trailers of gRPC, or as the last line of a stream of JSON. Any other answer is cut, so that nobody
    /// takes it for whole.
    /// </summary>
    /// <param name="isStream">True where the answer is a stream of messages.</param>
    public static async Task EndAsync(HttpContext context, MeshException refusal, bool isStream,
        params IEnumerable<(string Key, string Value)> metadata)
    {
        if (!context.Response.HasStarted)
        {
            await WriteAsync(context, refusal, metadata);
            return;
        }

        var status = RefusalStatusMapping.ToStatus(refusal, metadata);
        if (IsGrpc(context.Request) && context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
            SetTrailers(trailers, status, refusal.RetryAfter);
        else if (isStream && !IsGrpc(context.Request))
            await context.Response.WriteAsync(_jsonFormatter.Format(status), context.RequestAborted);
        else
            context.Abort();
    }

    /// <summary>True for gRPC and gRPC-Web.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Sets status, message, details and push-back in the place of others.</summary>
    internal static void SetTrailers(IHeaderDictionary trailers, RpcStatus status, TimeSpan? wait)
    {
        trailers[StatusTrailer] = status.Code.ToString(CultureInfo.InvariantCulture);
        trailers[MessageTrailer] = EncodeMessage(status.Message);
        trailers[DetailsTrailer] = Convert.ToBase64String(status.ToByteArray());
        if (wait is { } time)
            trailers[RefusalStatusMapping.PushBackTrailer] = RefusalStatusMapping.FormatPushBack(time);
    }

    /// <summary>The status of a refusal as JSON.</summary>
    internal static string ToJson(MeshException refusal) => _jsonFormatter.Format(RefusalStatusMapping.ToStatus(refusal));

    /// <summary>A status as JSON; null for a text that is none.</summary>
    internal static RpcStatus? ParseJson(string text)
    {
        try
        {
            return _jsonParser.Parse<RpcStatus>(text);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidOperationException)
        {
            return null; // a detail of a type that is not registered, or another answer
        }
    }

    private static Task WriteJsonAsync(HttpResponse response, RpcStatus status, int httpStatus, TimeSpan? wait,
        CancellationToken cancellation)
    {
        response.StatusCode = httpStatus;
        response.ContentType = "application/json";
        if (wait is { } time)
            response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var text = _jsonFormatter.Format(status);
        response.ContentLength = Encoding.UTF8.GetByteCount(text);
        return response.WriteAsync(text, cancellation);
    }

    /// <summary>As gRPC over HTTP/2 wants it: UTF-8, with every byte but printable ASCII, and the percent sign, as %XX.</summary>
    private static string EncodeMessage(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var part in Encoding.UTF8.GetBytes(message))
        {
            if (part is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)part);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{part:X2}");
        }

        return encoded.ToString();
    }
}
