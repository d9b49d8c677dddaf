using System.IO.Compression;
using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Rpc;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

/// <summary>Whatever is wrong with a gRPC call, and however early, the answer has exactly one ErrorInfo.</summary>
public sealed class RefusalDetailsTests(RefusalServer server) : IClassFixture<RefusalServer>
{
    private const string Unary = "/syncxr.dataset.v1.DatasetService/GetDataset";
    private const string Stream = "/syncxr.dataset.v1.DatasetService/WatchDataset";
    private const string Duplex = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    private const string Health = "/grpc.health.v1.Health/Check";
    private static readonly byte[] _noMessage = [0x0A, 0xFF, 0xFF, 0xFF]; // a string that is longer than what follows
    private static readonly byte[] _name = new GetDatasetRequest { Name = "datasets/a" }.ToByteArray();

    public static TheoryData<string, string, string> MalformedCalls()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (var method in new[] { Unary, Stream, Duplex, Health })
        {
            foreach (var fault in new[]
            {
                "message", "flag", "cut", "gzip", "cut-gzip", "no-encoding", "identity-encoding",
            })
                rows.Add(method, fault, "INVALID_FIELD");
            rows.Add(method, "unknown-encoding", "UNIMPLEMENTED");
            rows.Add(method, "too-large", "MESSAGE_TOO_LARGE");
            rows.Add(method, "larger-than-an-int", "MESSAGE_TOO_LARGE");
            if (method == Duplex)
                continue; // takes any number of messages
            rows.Add(method, "nothing", "INVALID_FIELD");
            rows.Add(method, "two-messages", "INVALID_FIELD");
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(MalformedCalls))]
    public async Task Call_Malformed_HasOneErrorInfo(string method, string fault, string reason)
    {
        var headers = fault is "gzip" or "cut-gzip" ? new[] { ("grpc-encoding", "gzip") }
            : fault == "identity-encoding" ? [("grpc-encoding", "identity")]
            : fault == "unknown-encoding" ? [("grpc-encoding", "brotli")] : [];

        var status = await server.PostGrpcAsync(method, MakeBody(fault), headers);

        RawCallClient.AssertReason(reason, status);
    }

    [Theory]
    [InlineData("trace-bin", "%%%")]
    [InlineData("trace-bin", "AAAAA")]
    [InlineData("trace-bin", "QUJD,QUJD")]
    [InlineData("x+y", "1")]
    public async Task Metadata_ThatIsNone_NamesTheHeader(string key, string value)
    {
        foreach (var method in new[] { Unary, Stream, Duplex, Health })
        {
            var status = await server.PostGrpcAsync(method, RawCallClient.Frame(_name), (key, value));

            RawCallClient.AssertReason("INVALID_FIELD", status);
            Assert.Equal(key, status.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
        }
    }

    [Fact]
    public async Task Metadata_BinaryWithoutPadding_IsTaken() =>
        Assert.Equal(new RpcStatus(),
            await server.PostGrpcAsync(Health, RawCallClient.Frame([]), ("trace-bin", "QUI"), ("x.y-z_1", "?")));

    [Theory]
    [InlineData("/syncxr.dataset.v1.DatasetService/Nothing", "UNIMPLEMENTED")]
    [InlineData("/syncxr.nothing.v1.Nothing/Get", "UNIMPLEMENTED")]
    [InlineData("/nothing", "NOT_FOUND")]
    public async Task Method_Unknown_HasOneErrorInfo(string path, string reason) =>
        RawCallClient.AssertReason(reason, await server.PostGrpcAsync(path, RawCallClient.Frame(_name)));

    [Fact]
    public async Task Text_WithNul_NamesTheField()
    {
        var request = new CreateDatasetRequest
        {
            Spec = new DatasetSpec { Train = new Trainer.V1.TrainingSpec { Data = { "a", "b\0c" } } },
        };

        var status = await server.PostGrpcAsync("/syncxr.dataset.v1.DatasetService/CreateDataset",
            RawCallClient.Frame(request.ToByteArray()));

        RawCallClient.AssertReason("INVALID_FIELD", status);
        Assert.Equal("spec.train.data[1]", status.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }

    [Fact]
    public async Task Peer_StatusWithoutDetails_KeepsItsWords()
    {
        var status = await server.PostGrpcAsync(Unary, RawCallClient.Frame(new GetDatasetRequest { Name = "datasets/peer" }.ToByteArray()));

        RawCallClient.AssertReason("PERMISSION_DENIED", status);
        Assert.Equal("a peer's words", status.Message);
    }

    [Fact]
    public async Task Disk_Full_IsSaidWithoutATimeToComeBack()
    {
        var status = await server.PostGrpcAsync(Unary, RawCallClient.Frame(new GetDatasetRequest { Name = "datasets/full" }.ToByteArray()));

        RawCallClient.AssertReason("DISK_FULL", status);
        Assert.Null(status.GetDetail<RetryInfo>());
    }

    [Fact]
    public async Task Deadline_BeforeAndWithinAStream_HasOneErrorInfo()
    {
        RawCallClient.AssertReason("DEADLINE_UNMEETABLE",
            await server.PostGrpcAsync(Stream, RawCallClient.Frame(_name), ("grpc-timeout", "200m")));
        RawCallClient.AssertReason("DEADLINE_UNMEETABLE",
            await server.PostGrpcAsync(Unary, RawCallClient.Frame(new GetDatasetRequest { Name = "datasets/slow" }.ToByteArray()),
                ("grpc-timeout", "200m")));
    }

    [Fact]
    public async Task Stream_ThatFailsAfterItsFirstMessage_HasOneErrorInfo() => RawCallClient.AssertReason("NOT_FOUND",
        await server.PostGrpcAsync(Stream, RawCallClient.Frame(new GetDatasetRequest { Name = "datasets/broken" }.ToByteArray())));

    [Fact]
    public async Task GrpcWeb_Malformed_HasOneErrorInfoInItsFraming()
    {
        using var http = new HttpClient();
        using var body = new ByteArrayContent(RawCallClient.Frame(_noMessage));
        body.Headers.ContentType = new("application/grpc-web+proto");

        using var answer = await http.PostAsync(new Uri(server.Json + Unary), body, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("application/grpc-web", answer.Content.Headers.ContentType!.MediaType, StringComparison.Ordinal);
        RawCallClient.AssertReason("INVALID_FIELD",
            RpcStatus.Parser.ParseFrom(Convert.FromBase64String(answer.Headers.GetValues("grpc-status-details-bin").Single())));
    }

    private static byte[] MakeBody(string fault) => fault switch
    {
        "message" => RawCallClient.Frame(_noMessage),
        "flag" => [7, .. RawCallClient.Frame(_name)[1..]],
        "cut" => RawCallClient.Frame(_name)[..^3],
        "gzip" => RawCallClient.Frame(Encoding.ASCII.GetBytes("this is not gzip"), flag: 1),
        "cut-gzip" => RawCallClient.Frame(Compress(_noMessage)[..^6], flag: 1),
        "no-encoding" or "identity-encoding" or "unknown-encoding" => RawCallClient.Frame(Compress(_name), flag: 1),
        "too-large" => [0, 0x03, 0, 0, 0, 1, 2, 3],
        "larger-than-an-int" => [0, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        "two-messages" => [.. RawCallClient.Frame(_name), .. RawCallClient.Frame(_name)],
        _ => [],
    };

    private static byte[] Compress(byte[] message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress))
            gzip.Write(message);
        return compressed.ToArray();
    }
}
