using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bodies;
using SynCxr.Mesh.Shared.Tests.Hosting.Identity;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Bodies;

/// <summary>Each method has limits of its own, which hold before anything is parsed.</summary>
public sealed class RequestBodyMiddlewareTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public async Task Size_OverTheMethodsLimit_SaysTheLimit()
    {
        await using var server = await GuardedServer.StartAsync();

        var plain = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame(new byte[262_145]));
        var bomb = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.WriteReport,
            RawCallClient.Frame(Compress(new byte[9 * Megabyte]), flag: 1), ("grpc-encoding", "gzip"));
        using var content = new ByteArrayContent(new byte[9 * Megabyte]);
        content.Headers.ContentType = new("application/json");
        var (code, json) = await server.Calls.SendJsonAsync(HttpMethod.Post, server.Json + "/v1/reports:write", content);

        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", plain);
        Assert.Contains("262,144 bytes, the limit of ListModels", plain.Message, StringComparison.Ordinal);
        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", bomb);
        Assert.Contains("8,388,608 bytes, the limit of WriteReport", bomb.Message, StringComparison.Ordinal);
        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", RawCallClient.ParseStatus(json.GetRawText()));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 0), (code, server.Count));
    }

    /// <summary>28 MB of empty entries would be 14 million objects: 2.8 GB.</summary>
    [Fact]
    public async Task Entries_AFloodOfEmptyOnes_TakesLittleMemory()
    {
        await using var server = await GuardedServer.StartAsync();
        var body = RawCallClient.Frame(new byte[28 * Megabyte]);
        for (var i = RequestBodyReader.PrefixBytes; i + 1 < body.Length; i += 2)
            body[i] = 0x12; // the tag of CreateVocabularyRequest.entities, and a length of 0
        await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([])); // loads what any call needs
        var before = GC.GetTotalAllocatedBytes();

        var status = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.CreateVocabulary, body);

        var allocated = (GC.GetTotalAllocatedBytes() - before) / Megabyte;
        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", status);
        Assert.Contains("more than 1,000,000 entries, the limit of CreateVocabulary", status.Message, StringComparison.Ordinal);
        Assert.True(allocated < 200, $"{allocated} MiB were allocated for 28 MiB");
        Assert.Equal(1, server.Count);
        Assert.Equal(0, server.Services.GetRequiredService<RequestMemoryLimiter>().Held);
    }

    [Fact]
    public async Task Body_HalfSent_IsGivenUpInTime()
    {
        await using var server = await GuardedServer.StartAsync("--Mesh:BodyLimit=00:00:01");

        var answer = await RawCallClient.SendTextAsync(server.Json,
            "POST /v1/reports:write HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: 1000\r\n\r\n{");

        Assert.StartsWith("HTTP/1.1 504", answer, StringComparison.Ordinal);
        Assert.Contains("DEADLINE_UNMEETABLE", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_OverTheLimit_AreClosed()
    {
        await using var server = await GuardedServer.StartAsync("--Mesh:MaxConnections=16");
        var door = new Uri(server.Json);
        var open = new List<TcpClient>();
        for (var i = 0; i < 17; i++)
        {
            open.Add(new TcpClient());
            await open[i].ConnectAsync(door.Host, door.Port, TestContext.Current.CancellationToken);
        }

        try
        {
            var reads = open.Select(c => c.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask()).ToList();

            Assert.Equal(0, await await Task.WhenAny(reads).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        }
        finally
        {
            open.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task Memory_OfAllRequests_IsBoundedAndGivenBack()
    {
        await using var server = await GuardedServer.StartAsync("--Mesh:RequestBytesInFlight=33554432");
        var limiter = server.Services.GetRequiredService<RequestMemoryLimiter>();
        using (var held = limiter.Open())
        {
            held.Grow(32 * Megabyte);
            using var more = limiter.Open();

            var error = Assert.Throws<MeshException>(() => more.Grow(1));

            Assert.Equal((ErrorReasons.QueueFull, true), (error.Reason, error.RetryAfter > TimeSpan.Zero));
            RawCallClient.AssertReason("QUEUE_FULL",
                await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([])));
        }

        Assert.Equal(new RpcStatus(), await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([])));
        Assert.Equal(0, limiter.Held);
    }

    private static byte[] Compress(byte[] message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress))
            gzip.Write(message);
        return compressed.ToArray();
    }
}
