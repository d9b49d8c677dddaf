using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.OpenAi;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

/// <summary>
/// A real language model behind the protocol. It tells children's stories, so none of its reports passes the check: the tests
/// prove that requests reach a model and that its text comes back.
/// </summary>
public sealed class LlamaServerTests
{
    private const string Opening = "Once upon a time";

    [Fact]
    public async Task AnswerAsync_TemperatureZero_StreamsTheGoldenText()
    {
        await using var server = await LlamaServerProcess.TryStartAsync();
        if (server is null)
            return;
        // 256 with the opening
        var options = new OpenAiWriterOptions
        {
            Endpoint = server.Endpoint,
            Model = "stories260K",
            ApiKey = "none",
            Temperature = 0,
            MaxTokens = 252,
        };
        await using var model = TestOpenAiModel.Create(options);
        var pieces = new List<string>();
        await foreach (var piece in model.AnswerAsync(new ChatRequest([new ChatTurn("user", Opening)], 0),
            TestContext.Current.CancellationToken))
            pieces.Add(piece.Text);

        SharedData.TryFind("tiny-llama-stories260k/expected-greedy-256.txt", out var golden);
        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), Opening + string.Concat(pieces) + "\n");
        Assert.InRange(pieces.Count(p => p.Length > 0), 200, 252);
    }

    [Fact]
    public async Task GenerateReport_StoryTeller_FailsAfterTheLimitAndStreamsEveryAttempt()
    {
        await using var server = await LlamaServerProcess.TryStartAsync();
        if (server is null)
            return;
        await using var host = await OpenAiReportHost.StartAsync(server.Endpoint, "--Report:OpenAi:Model=stories260K",
            "--Report:OpenAi:MaxTokens=40");
        var attempts = new List<ReportAttempt>();
        var tokens = 0;
        using var call = host.Client.GenerateReport(
            new GenerateReportRequest { Spec = new ReportSpec { Entities = { "abnormality/consolidation" }, MaxAttempts = 4 } },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1),
            cancellationToken: TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var reportEvent in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                tokens += reportEvent.Token is null ? 0 : 1;
                if (reportEvent.Attempt is { } attempt)
                    attempts.Add(attempt);
            }
        });

        Assert.Equal((StatusCode.FailedPrecondition, ErrorReasons.EntityCheckFailed.Name),
            (refusal.StatusCode, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.Contains("failed its entity check 4 times", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Equal([("findings", 1), ("findings", 2), ("findings", 3), ("findings", 4)], attempts.Select(a => (a.Step, a.Number)));
        Assert.All(attempts, a => Assert.Equal(["abnormality/consolidation"], a.Missing));
        Assert.True(tokens > 0);
    }
}
