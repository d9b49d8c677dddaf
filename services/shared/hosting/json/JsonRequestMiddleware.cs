using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>
/// Reads the query and the body of a JSON call before JSON transcoding does, which drops fields that it doesn't know, takes less than
/// protobuf's JSON mapping, and refuses without a field or a reason. It gets a request of which every value has one form.
/// </summary>
internal sealed class JsonRequestMiddleware(RequestDelegate next)
{
    /// <summary>What a refusal calls the body as a whole.</summary>
    internal const string Body = "body";

    /// <summary>The body of an HTTP rule whose body is the message itself.</summary>
    internal const string WholeMessage = "*";

    private const string ContentType = "content-type";
    private const string JsonContent = "application/json";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { } method)
        {
            await next(http);
            return;
        }

        var (request, rule) = (method.MethodDescriptor.InputType, method.HttpRule);
        http.Request.Query = QueryNormalizer.Normalize(http.Request.Query, request, rule);
        if (rule.Body.Length > 0)
            await NormalizeBodyAsync(http, rule.Body == WholeMessage ? request : request.FindFieldByName(rule.Body).MessageType);
        var response = http.Response.Body;
        await using var answer = new RefusalBodyStream(response, http.Response);
        http.Response.Body = answer;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = response;
        }

        await answer.CompleteRefusalAsync(http);
    }

    private static async Task NormalizeBodyAsync(HttpContext http, MessageDescriptor type)
    {
        using var body = await ReadBodyAsync(http);
        var normal = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(normal))
            new JsonMessageNormalizer(writer).WriteMessage(body.RootElement, type, "");
        normal.Position = 0;
        http.Response.RegisterForDispose(normal);
        http.Request.Body = normal;
        http.Request.ContentLength = normal.Length;
        http.Request.ContentType = JsonContent;
    }

    private static async Task<JsonDocument> ReadBodyAsync(HttpContext http)
    {
        var compression = http.Request.Headers.ContentEncoding.ToString();
        if (compression.Length > 0 && !compression.Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw MeshException.Invalid("content-encoding", "Must be absent: JSON is taken without compression.");
        var encoding = ReadEncoding(http.Request.ContentType);
        if (http.Request.ContentLength == 0)
            throw MeshException.Invalid(Body, "Is empty, and no JSON; {} is a request without fields.");
        await using var text = encoding.CodePage == Encoding.UTF8.CodePage
            ? http.Request.Body : Encoding.CreateTranscodingStream(http.Request.Body, encoding, Encoding.UTF8, leaveOpen: true);
        try
        {
            return await JsonDocument.ParseAsync(text, cancellationToken: http.RequestAborted);
        }
        catch (JsonException error)
        {
            throw MeshException.Invalid(Body, string.Create(CultureInfo.InvariantCulture,
                $"Is not JSON, or is nested more than 64 deep: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}."));
        }
    }

    private static Encoding ReadEncoding(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !(type.MediaType.Equals(JsonContent, StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
            throw MeshException.Invalid(ContentType, $"Must be {JsonContent}.");
        try
        {
            return type.Charset.Length == 0 ? Encoding.UTF8 : Encoding.GetEncoding(HeaderUtilities.RemoveQuotes(type.Charset).ToString());
        }
        catch (ArgumentException)
        {
            throw MeshException.Invalid(ContentType,
                $"The charset '{EchoedText.Shorten(type.Charset.ToString())}' is not known. Use UTF-8.");
        }
    }
}
