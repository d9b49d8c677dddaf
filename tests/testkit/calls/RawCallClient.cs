using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using SynCxr.Mesh.Errors;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>Calls without any client library, so that a test can send what no library would.</summary>
public sealed class RawCallClient : IDisposable
{
    private static readonly JsonParser _parser = new(JsonParser.Settings.Default.WithTypeRegistry(
        TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor)));

    private readonly HttpClient _http = new();

    /// <summary>The frame of a message: a flag, four bytes of length, the message.</summary>
    public static byte[] Frame(byte[] message, byte flag = 0)
    {
        var frame = new byte[message.Length + 5];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>Posts bytes as a gRPC call over HTTP/2.</summary>
    /// <returns>The status with its details, from the header of a trailers-only answer or from the trailer; code and message alone where
    /// there are no details.</returns>
    public async Task<RpcStatus> PostGrpcAsync(string address, string path, byte[] body, params (string Key, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address + path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        foreach (var (key, value) in headers)
            request.Headers.TryAddWithoutValidation(key, value);
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        string? Read(string name) => answer.Headers.TryGetValues(name, out var header) ? header.Single()
            : answer.TrailingHeaders.TryGetValues(name, out var trailer) ? trailer.Single() : null;
        var bare = new RpcStatus
        {
            Code = int.Parse(Read("grpc-status") ?? "-1", CultureInfo.InvariantCulture),
            Message = Uri.UnescapeDataString(Read("grpc-message") ?? ""),
        };
        if (Read("grpc-status-details-bin") is not { } details)
            return bare;
        var status = RpcStatus.Parser.ParseFrom(Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '=')));
        Assert.Equal((bare.Code, bare.Message), (status.Code, status.Message));
        return status;
    }

    /// <summary>Calls JSON.</summary>
    /// <param name="body">Null sends none.</param>
    public async Task<(HttpStatusCode Code, JsonElement Answer)> SendJsonAsync(HttpMethod method, string address, HttpContent? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(address)) { Content = body };
        request.Headers.ExpectContinue = body?.Headers.ContentLength > 1024 * 1024; // the answer comes before the body is sent
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Sends a text over a connection of its own, and reads until the server closes it.</summary>
    public static async Task<string> SendTextAsync(string address, string text)
    {
        var door = new Uri(address);
        using var socket = new TcpClient();
        await socket.ConnectAsync(door.Host, door.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(socket.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The status that a refusal in JSON is.</summary>
    public static RpcStatus ParseStatus(string json) => _parser.Parse<RpcStatus>(json);

    /// <summary>Fails unless a status has exactly one ErrorInfo, of this reason, and a message without .NET's words.</summary>
    public static void AssertReason(string reason, RpcStatus status)
    {
        var info = Assert.Single(status.Details, d => d.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>();
        Assert.Equal((ErrorReasons.Domain, reason), (info.Domain, info.Reason));
        Assert.Equal((int)ErrorReasons.All.Single(r => r.Name == reason).Status, status.Code);
        Assert.DoesNotContain("Exception", status.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", status.Message, StringComparison.Ordinal);
        Assert.NotEmpty(status.Message);
    }

    public void Dispose() => _http.Dispose();
}
