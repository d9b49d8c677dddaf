using System.Diagnostics;
using System.Text.Json.Nodes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Chat;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

public sealed class OpenAiWriterFactoryTests
{
    private static readonly ReportSpec _spec = new()
    {
        Entities = { "abnormality/consolidation", "non-abnormality/pneumothorax" },
        Seed = ulong.MaxValue,
        MaxAttempts = 3,
    };

    private static DateTime DeadlineIn(double seconds) => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds);

    [Fact]
    public async Task GenerateReport_FirstTextLacksOneAndAddsOne_IsToldWhatWasWrongAndTriesAgain()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.StreamText("There is consolidation. There is cardiomegaly."),
            ScriptedOpenAiServer.StreamText("There is consolidation. No pneumothorax."), ScriptedOpenAiServer.StreamText("Consolidation."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var events = await GenerateReportAsync(host);

        var report = events[^1].Report;
        Assert.Equal("There is consolidation. No pneumothorax.", report.Findings);
        Assert.Equal("Consolidation.", report.Impression);
        Assert.Equal([("findings", 1, false), ("findings", 2, true), ("impression", 1, true)],
            report.Attempts.Select(a => (a.Step, a.Number, a.Accepted)));
        Assert.Equal(["non-abnormality/pneumothorax"], report.Attempts[0].Missing);
        Assert.Equal(["abnormality/cardiomegaly"], report.Attempts[0].Extra);
        Assert.Equal(("openai", "test-model", "openai"), (report.Writer.Model, report.Writer.Version, report.Writer.Engine));
        Assert.Equal(["There", " is", " consolidation.", " No", " pneumothorax."],
            events.Where(e => e.Token is { Step: ReportStep.Findings, Attempt: 2 }).Select(e => e.Token.Text));

        var (first, second, third) = (server.Bodies.ElementAt(0), server.Bodies.ElementAt(1), server.Bodies.ElementAt(2));
        Assert.Equal(["system", "user"], RolesOf(first));
        Assert.Contains("- present: consolidation\n- absent or normal: no pneumothorax", MessageText(first, 1), StringComparison.Ordinal);
        Assert.Equal(["system", "user", "assistant", "user"], RolesOf(second));
        Assert.Equal("There is consolidation. There is cardiomegaly.", MessageText(second, 2));
        Assert.Contains("It does not say: no pneumothorax.\nIt says what was not asked for; leave it out: cardiomegaly.",
            MessageText(second, 3), StringComparison.Ordinal);
        Assert.Contains("FINDINGS: There is consolidation. No pneumothorax.", MessageText(third, 1), StringComparison.Ordinal);
        Assert.All(server.Bodies,
            b => Assert.Equal((true, 400, 0.7, "test-model"),
                ((bool)b["stream"]!, (int)b["max_tokens"]!, Math.Round((double)b["temperature"]!, 3), (string)b["model"]!)));
        Assert.All(server.Bodies, b => Assert.Null(b["max_completion_tokens"]));
        Assert.Equal(3, server.Bodies.Select(b => (long)b["seed"]!).Distinct().Count());
        Assert.All(server.Bodies, b => Assert.InRange((long)b["seed"]!, 0, int.MaxValue));
        Assert.All(server.AuthorizationHeaders, k => Assert.Equal("Bearer a-test-key", k));
    }

    [Fact]
    public async Task GenerateReport_TextThatOnlyHedges_IsToldToStatePlainly()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.StreamText("Possible consolidation. No pneumothorax."), ScriptedOpenAiServer.StreamText(""),
            ScriptedOpenAiServer.StreamText("Normal chest."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var (attempts, refusal) = await FailedReportAsync(host);

        Assert.Equal(ErrorReasons.EntityCheckFailed.Name, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(["Possible consolidation. No pneumothorax.", "", "Normal chest."], attempts.Select(a => a.Text));
        Assert.Contains("hedges about what must be stated plainly: consolidation.", MessageText(server.Bodies.ElementAt(1), 3),
            StringComparison.Ordinal);
        Assert.Contains("It is empty.", MessageText(server.Bodies.ElementAt(2), 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteReport_DeadlineDuringTheAnswer_EndsTheHttpCall()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.OneWordThenSilence);
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);
        var clock = Stopwatch.StartNew();

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => host.Client.WriteReportAsync(new WriteReportRequest { Spec = _spec }, deadline: DeadlineIn(1)).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        await server.Abandoned.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 6);
    }

    [Fact]
    public async Task GenerateReport_CallerDisconnects_EndsTheHttpCallAndFreesItsSlot()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.OneWordThenSilence,
            ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Concurrency=1");
        using var call = host.Client.GenerateReport(new GenerateReportRequest { Spec = _spec }, deadline: DeadlineIn(30),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        call.Dispose();

        await server.Abandoned.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.NotNull(
            (await host.Client.WriteReportAsync(new WriteReportRequest { Spec = _spec }, deadline: DeadlineIn(10),
                cancellationToken: TestContext.Current.CancellationToken)).Report);
    }

    [Fact]
    public async Task WriteReport_MoreAtOnceThanConcurrency_LetsTheRestWait()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(async http =>
        {
            await Task.Delay(50, http.RequestAborted);
            await ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax.")(http);
        });
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Concurrency=2");

        await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(_ => host.Client.WriteReportAsync(new WriteReportRequest { Spec = _spec }, deadline: DeadlineIn(30)).ResponseAsync));

        Assert.Equal((12, 2), (server.Bodies.Count, server.MaxConcurrentCalls));
    }

    [Fact]
    public async Task WriteReport_EndpointIsFull_PassesTheRetryAfterOn()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(429, "slow down", retryAfter: "7"));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var (_, refusal) = await FailedReportAsync(host);

        Assert.Equal((StatusCode.Unavailable, ErrorReasons.QueueFull.Name),
            (refusal.StatusCode, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.Equal("7000", refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
        Assert.Contains("slow down", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteReport_EndpointFailsOnce_IsTriedAgainAsTheSettingSays()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(500, "oops"),
            ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Retries=1");

        var report = (await host.Client.WriteReportAsync(new WriteReportRequest { Spec = _spec }, deadline: DeadlineIn(30),
            cancellationToken: TestContext.Current.CancellationToken)).Report;

        Assert.Equal((2, 3), (report.Attempts.Count, server.Bodies.Count)); // A failed call does not count as an attempt.
    }

    [Theory]
    [InlineData(500, "FAILED_PRECONDITION", "MODEL_NOT_LOADED", "failed 1 times, the last time with status 500: oops")]
    [InlineData(502, "UNAVAILABLE", "PEER_UNREACHABLE", "oops")]
    [InlineData(401, "FAILED_PRECONDITION", "MODEL_NOT_LOADED", "Report:OpenAi")]
    [InlineData(404, "FAILED_PRECONDITION", "MODEL_NOT_LOADED", "test-model")]
    public async Task WriteReport_EndpointRefuses_SaysWhy(int status, string code, string reason, string expectedText)
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(status, "oops"));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var (attempts, refusal) = await FailedReportAsync(host);

        Assert.Equal((code, reason), (StatusName(refusal.StatusCode), refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.Contains(expectedText, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(server.Endpoint, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("a-test-key", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(attempts);
    }

    /// <summary>
    /// A refusal that is about one text must not look like one that is about the settings: the balancer acts on the reason.
    /// </summary>
    [Theory]
    [InlineData(400, "content_filter", "The response was filtered.", "CONTENT_REFUSED")]
    [InlineData(400, "content_policy_violation", "Your request was rejected.", "CONTENT_REFUSED")]
    [InlineData(400, "context_length_exceeded", "too many tokens", "CONTEXT_EXCEEDED")]
    [InlineData(400, "400", "the request exceeds the available context size, try increasing it", "CONTEXT_EXCEEDED")]
    [InlineData(400, "400", "This model's maximum context length is 512 tokens.", "CONTEXT_EXCEEDED")]
    [InlineData(413, "413", "payload too large", "CONTEXT_EXCEEDED")]
    [InlineData(400, "invalid_value", "temperature must be at most 1", "MODEL_NOT_LOADED")]
    [InlineData(403, "content_filter", "not your deployment", "MODEL_NOT_LOADED")]
    [InlineData(408, "timeout", "slow client", "PEER_UNREACHABLE")]
    public async Task WriteReport_EndpointRefusesTheText_HasTheReasonOfItsCause(int status, string code, string message, string reason)
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(status, message, code: code));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var (_, refusal) = await FailedReportAsync(host);

        Assert.Equal(reason, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Theory]
    [InlineData("MODEL_NOT_LOADED", "text/event-stream", "data: {\"choices\": [\n\n")]
    [InlineData("MODEL_NOT_LOADED", "text/event-stream", "data: {\"model\":\"m\",\"choices\":\"none\"}\n\n")]
    [InlineData("MODEL_NOT_LOADED", "text/event-stream", "data: {\"choices\":[{\"index\":0,\"delta\":\"text\"}]}\n\n")]
    [InlineData("MODEL_NOT_LOADED", "text/html", "<html>gateway</html>")]
    [InlineData("MODEL_NOT_LOADED", "application/json", "")]
    [InlineData("PEER_UNREACHABLE", "text/event-stream",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Cons\"},\"finish_reason\":null}]}\n\n")]
    [InlineData("PEER_UNREACHABLE", "text/event-stream",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Cons\"}}]}\n\ndata: {\"error\":{\"message\":\"worker died\"}}\n\n")]
    [InlineData("EMPTY_TEXT", "text/event-stream", "")]
    [InlineData("EMPTY_TEXT", "text/event-stream", ": ping\n\n: ping\n\n")]
    [InlineData("EMPTY_TEXT", "text/event-stream", "data: [DONE]\n\n")]
    public async Task WriteReport_MalformedOrIncompleteAnswer_IsWhoseFaultItIs(string reason, string type, string body)
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.SendRaw(body, type));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var (attempts, refusal) = await FailedReportAsync(host);

        Assert.Equal(reason, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(reason == "EMPTY_TEXT" ? 3 : 0, attempts.Count);
        if (body.Contains("worker died", StringComparison.Ordinal))
            Assert.Contains("worker died", refusal.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Pings keep a connection open; they are not an answer.</summary>
    [Fact]
    public async Task WriteReport_EndpointSendsPingsAlone_BlamesTheEndpoint()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            while (true)
            {
                await http.Response.WriteAsync(": ping\n\n", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(100, http.RequestAborted);
            }
        });
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Silence=00:00:01");

        var (_, refusal) = await FailedReportAsync(host);

        Assert.Equal(ErrorReasons.PeerUnreachable.Name, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("sent nothing", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateReport_EndpointIgnoresTheLimit_IsCutOff()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            while (true)
                await ScriptedOpenAiServer.WriteEventAsync(http, new JsonObject { ["content"] = " lung" }, null, http.RequestAborted);
        });
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:MaxTokens=20");

        var (attempts, _) = await FailedReportAsync(host);

        Assert.Equal(["length", "length", "length"], attempts.Select(a => a.Fault));
        Assert.All(attempts, a => Assert.InRange(a.Text.Length, 100, 200));
        await server.Abandoned.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    /// <summary>A text that broke off is void: the caller sees where it begins anew, and the attempt holds the second text alone.</summary>
    [Fact]
    public async Task GenerateReport_AnswerBreaksOff_BeginsAnew()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.SendRaw("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Half a \"}}]}\n\n"),
            ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Patience=00:00:30");

        var events = await GenerateReportAsync(host);

        var report = events[^1].Report;
        Assert.Equal("Consolidation. No pneumothorax.", report.Findings);
        Assert.Equal(2, report.Attempts.Count);
        Assert.True(Assert.Single(events, e => e.Token is { Restarted: true }).Token.Attempt == 1);
    }

    [Fact]
    public async Task GenerateReport_ModelThinks_ThoughtsAreNoText()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.StreamText("<think>I see <b> a shadow.</think> Consolidation. No pneumothorax."),
            ScriptedOpenAiServer.StreamText("Let me see. </think> Consolidation."));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint);

        var report = (await GenerateReportAsync(host))[^1].Report;

        Assert.Equal(("Consolidation. No pneumothorax.", "Consolidation."), (report.Findings, report.Impression));
        Assert.Equal(["I see <b> a shadow.", "Let me see."], report.Attempts.Select(a => a.Reasoning));
        Assert.All(report.Attempts, a => Assert.Equal("test-model", a.ServedModel));
    }

    [Fact]
    public async Task WriteReport_AnotherModelAnswers_IsRefusedWhereItIsRequired()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax."));
        await using var lax = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Model=other");
        await using var strict = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Model=other",
            "--Report:OpenAi:RequireModel=true");

        Assert.Equal("test-model", (await GenerateReportAsync(lax))[^1].Report.Attempts[0].ServedModel);
        var (_, refusal) = await FailedReportAsync(strict);
        Assert.Equal(ErrorReasons.ModelNotLoaded.Name, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("'test-model' answered", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteReport_KeyFile_IsReadAgainWhenItChanges()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax."));
        using var folder = new ScratchFolder();
        await File.WriteAllTextAsync(folder["key"], "first\n", TestContext.Current.CancellationToken);
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, $"--Report:OpenAi:ApiKeyFile={folder["key"]}");

        await GenerateReportAsync(host);
        await File.WriteAllTextAsync(folder["key"], "second", TestContext.Current.CancellationToken);
        await GenerateReportAsync(host);

        Assert.Equal(["Bearer first", "Bearer first", "Bearer second", "Bearer second"], server.AuthorizationHeaders);
    }

    /// <summary>Nine of ten calls are refused: all reports come, and the server never has more calls than it took before.</summary>
    [Fact]
    public async Task WriteReport_NineOfTenRefused_GoesOn()
    {
        var calls = 0;
        await using var server = await ScriptedOpenAiServer.StartAsync(http => Interlocked.Increment(ref calls) % 10 == 0
            ? ScriptedOpenAiServer.StreamText("Consolidation. No pneumothorax.")(http)
            : ScriptedOpenAiServer.FailWith(429, "slow down", retryAfterMs: "5")(http));
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Patience=00:01:00");

        var reports = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => host.Client.WriteReportAsync(
            new WriteReportRequest { Spec = _spec }, deadline: DeadlineIn(60)).ResponseAsync));

        Assert.All(reports, r => Assert.Equal(2, r.Report.Attempts.Count)); // a refused call is no attempt
        Assert.InRange(server.MaxConcurrentCalls, 1, 8);
    }

    [Fact]
    public async Task WriteReport_EndpointSendsNothing_BlamesTheEndpoint()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.OneWordThenSilence);
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Silence=00:00:01");

        var (_, refusal) = await FailedReportAsync(host);

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains("sent nothing", refusal.Status.Detail, StringComparison.Ordinal);
        await server.Abandoned.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WriteReport_NothingListens_IsUnreachable()
    {
        await using var host = await OpenAiReportHost.StartAsync($"http://127.0.0.1:{TestPort.Reserve()}/v1");
        var (_, refusal) = await FailedReportAsync(host);
        Assert.Equal((StatusCode.Unavailable, ErrorReasons.PeerUnreachable.Name),
            (refusal.StatusCode, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task ListModels_EndpointSet_NamesTheWriterFirstAndNotDeterministic()
    {
        await using var host = await OpenAiReportHost.StartAsync("http://127.0.0.1:9/v1");
        var models = await host.Client.ListModelsAsync(new ListModelsRequest(),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([("openai", false), ("grammar", true), ("lexicon", true), ("chexpert-rules", true)],
            models.Models.Select(m => (m.Name, m.Deterministic)));
        Assert.Equal(64, models.Models[0].Digest.Length);
    }

    [Theory]
    [InlineData("Report:OpenAi:Endpoint is 'ftp://x/v1'", "--Report:OpenAi:Endpoint=ftp://x/v1")]
    [InlineData("Report:OpenAi:Endpoint is ''", "--Report:OpenAi:Endpoint=")]
    [InlineData("Report:OpenAi:Model is empty", "--Report:OpenAi:Model=")]
    [InlineData("ApiKey or ApiKeyFile is given", "--Report:Writer=grammar", "--Report:OpenAi:Endpoint=")]
    [InlineData("Temperature", "--Report:OpenAi:Temperature=3")]
    [InlineData("Concurrency", "--Report:OpenAi:Concurrency=0")]
    [InlineData("Silence", "--Report:OpenAi:Silence=00:00:00")]
    public void BuildMesh_BadSetting_NamesIt(string expectedText, params string[] settings)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => OpenAiReportHost.Build("http://127.0.0.1:9/v1", settings));
        Assert.Contains(expectedText, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BuildMesh_MistypedKey_NamesTheNearest()
    {
        var refusal = Assert.Throws<MeshException>(() => OpenAiReportHost.Build("http://127.0.0.1:9/v1", "--Report:OpenAi:Modle=x"));
        Assert.Contains("Report:OpenAi:Model", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<List<GenerateReportResponse>> GenerateReportAsync(OpenAiReportHost host)
    {
        using var call = host.Client.GenerateReport(new GenerateReportRequest { Spec = _spec }, deadline: DeadlineIn(30));
        return await call.ResponseStream.ReadAllAsync().ToListAsync();
    }

    /// <summary>The error of a streamed report, and the attempts that were streamed before it.</summary>
    private static async Task<(List<ReportAttempt> Attempts, RpcException Refusal)> FailedReportAsync(OpenAiReportHost host)
    {
        var attempts = new List<ReportAttempt>();
        using var call = host.Client.GenerateReport(new GenerateReportRequest { Spec = _spec }, deadline: DeadlineIn(30));
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var reportEvent in call.ResponseStream.ReadAllAsync())
            {
                if (reportEvent.Attempt is { } attempt)
                    attempts.Add(attempt);
            }
        });
        return (attempts, refusal);
    }

    private static string[] RolesOf(System.Text.Json.Nodes.JsonNode body) =>
        [.. body["messages"]!.AsArray().Select(m => (string)m!["role"]!)];

    private static string MessageText(System.Text.Json.Nodes.JsonNode body, int message) =>
        body["messages"]![message]!["content"] is System.Text.Json.Nodes.JsonArray parts
            ? string.Concat(parts.Select(p => (string)p!["text"]!)) : (string)body["messages"]![message]!["content"]!;

    private static string StatusName(StatusCode code) => code switch
    {
        StatusCode.Unavailable => "UNAVAILABLE",
        StatusCode.FailedPrecondition => "FAILED_PRECONDITION",
        _ => code.ToString(),
    };
}
