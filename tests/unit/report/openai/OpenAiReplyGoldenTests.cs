using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.OpenAi;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

/// <summary>
/// Every recorded reply of a real server, sent again byte for byte, and what the writer makes of it: <c>outcome</c> of the list. What is
/// transient must be asked for again at once and for longer than the bounded number of tries; <c>retry</c> for just that number.
/// </summary>
public sealed class OpenAiReplyGoldenTests
{
    private const string Name = "openai-replies";
    private const int Retries = 2;

    [GoldenFact("openai-replies")]
    public async Task Replies_HaveTheOutcomeOfTheList()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var rows = File.ReadLines(folder.Resolve("INDEX.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        var outcomes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in rows.Where(r => r[^1] != "not-ours"))
            outcomes[row[0]] = await OutcomeOfAsync(folder.Resolve(row[0]));
        GoldenCases.Run(Name, rows, r => r[0], r =>
        {
            if (r[^1] == "not-ours") // no chat completion: the writer never asks for it
                Assert.False(IsChatCompletion(folder.Resolve(r[0])));
            else
                Assert.Equal(r[^1], outcomes[r[0]]);
        });
    }

    private static bool IsChatCompletion(string file)
    {
        using var exchange = JsonDocument.Parse(File.ReadAllText(file));
        var request = exchange.RootElement.GetProperty("request");
        return request.GetProperty("method").GetString() == "POST"
            && request.GetProperty("path").GetString()!.EndsWith("/chat/completions", StringComparison.Ordinal);
    }

    private static async Task<string> OutcomeOfAsync(string file)
    {
        await using var server = new ReplayServer(file);
        var options = new OpenAiWriterOptions
        {
            Endpoint = server.Endpoint,
            Model = "m",
            MaxTokens = 4096,
            Retries = Retries,
            Patience = TimeSpan.FromSeconds(5),
            Silence = TimeSpan.FromSeconds(5),
        };
        await using var model = TestOpenAiModel.Create(options);
        var (text, fault) = ("", "");
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            server.AfterCalls(Retries + 2, patience.Cancel);
            await foreach (var piece in model.AnswerAsync(new ChatRequest([new ChatTurn("user", "x")], 1), patience.Token))
            {
                text = piece.Restarted ? piece.Text : text + piece.Text;
                fault = piece.Fault?.Name ?? fault;
            }
        }
        catch (OperationCanceledException)
        {
            return "transient";
        }
        catch (MeshException error) when (error.Reason == ErrorReasons.QueueFull || error.Reason == ErrorReasons.PeerUnreachable)
        {
            Assert.NotNull(error.RetryAfter); // the server asks for a wait that is longer than our patience
            return "transient";
        }
        catch (MeshException error)
        {
            Assert.Same(ErrorReasons.ModelNotLoaded, error.Reason);
            return server.Calls == Retries + 1 ? "retry" : Says("401", "403") ? "set:AUTH" : Says("404", "405") ? "set:NOT_FOUND"
                : "set:REQUEST";

            bool Says(params string[] statuses) => statuses.Any(s => error.Message.Contains($"status {s}:", StringComparison.Ordinal));
        }

        Assert.Equal(1, server.Calls);
        if (fault.Length > 0)
            return "attempt:" + fault.ToUpperInvariant();
        Assert.DoesNotContain("think>", text, StringComparison.Ordinal);
        return text.Trim().Length > 0 ? "text" : "nothing";
    }

    /// <summary>Sends a recorded reply, whatever it is asked.</summary>
    private sealed class ReplayServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly byte[] _reply;
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _work;
        private int _callsBefore = int.MaxValue;
        private Action _after = () => { };

        public ReplayServer(string file)
        {
            using var exchange = JsonDocument.Parse(File.ReadAllText(file));
            _reply = BytesOf(exchange.RootElement.GetProperty("reply"));
            _listener.Start();
            _work = ServeAsync();
        }

        public int Calls { get; private set; }

        public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1";

        public void AfterCalls(int calls, Action action) => (_callsBefore, _after) = (calls, action);

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _work;
            _listener.Dispose();
            _stopping.Dispose();
        }

        private static byte[] BytesOf(JsonElement reply)
        {
            if (reply.GetProperty("status").ValueKind == JsonValueKind.Null)
                return [];
            var isWhole = reply.GetProperty("ended").GetString() == "whole";
            var body = reply.TryGetProperty("events", out var events)
                ? string.Concat(events.EnumerateArray().Select(e => e.GetString() + "\n\n")) : reply.GetProperty("body").GetString()!;
            var head = new StringBuilder($"{reply.GetProperty("statusLine").GetString()}\r\n");
            foreach (var header in reply.GetProperty("headers").EnumerateArray())
            {
                var name = header[0].GetString()!.ToLowerInvariant();
                if (name is not ("content-length" or "transfer-encoding" or "connection" or "keep-alive"))
                    head.Append(header[0].GetString()).Append(": ").Append(header[1].GetString()).Append("\r\n");
            }

            var bytes = Encoding.UTF8.GetBytes(body);
            head.Append("connection: close\r\n").Append(isWhole ? $"content-length: {bytes.Length}" : "transfer-encoding: chunked")
                .Append("\r\n\r\n");
            return isWhole ? [.. Encoding.ASCII.GetBytes(head.ToString()), .. bytes]
                : [.. Encoding.ASCII.GetBytes($"{head}{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8]; // no last chunk
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                    if (++Calls >= _callsBefore)
                        _after();
                    var stream = client.GetStream();
                    await ReadRequestAsync(stream, _stopping.Token);
                    await stream.WriteAsync(_reply, _stopping.Token);
                }
            }
            catch (Exception error) when (_stopping.IsCancellationRequested && error is OperationCanceledException or SocketException)
            {
                // it is stopped
            }
        }

        private static async Task ReadRequestAsync(NetworkStream stream, CancellationToken cancellation)
        {
            var text = new StringBuilder();
            var buffer = new byte[64 * 1024];
            var length = -1;
            while (length < 0 || text.Length < length)
            {
                var count = await stream.ReadAsync(buffer, cancellation);
                if (count == 0)
                    return;
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
                var all = text.ToString();
                var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end < 0)
                    continue;
                var field = all.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
                length = end + 4 + int.Parse(all[(field + 15)..all.IndexOf('\r', field)], CultureInfo.InvariantCulture);
            }
        }
    }
}
