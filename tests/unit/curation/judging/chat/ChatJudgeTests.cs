using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit.Chat;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging.Chat;

public sealed class ChatJudgeTests
{
    private const string AllYes = "1: YES\n2: YES\n3: YES\n4: YES\n5: YES\n6: YES";

    [Fact]
    public async Task AssessImage_SixRequests_AsksThePapersQuestionsOfThePictureItself()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamTextOf(
            body => TextOf(body).Contains("frontal", StringComparison.Ordinal) ? "No." : "YES"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint);

        var verdict = await AssessAsync(host, TestImages.Waves(64, 48, 3));

        Assert.False(verdict.Accepted);
        Assert.Equal(["question:is_frontal"], verdict.Reasons);
        Assert.Equal(JudgeQuestions.All.Select(q => q.Name), verdict.Answers.Select(a => a.Question));
        Assert.Equal(["YES", "YES", "No.", "YES", "YES", "YES"], verdict.Answers.Select(a => a.Said));
        Assert.Equal([1, 1, 0, 1, 1, 1], verdict.Answers.Select(a => a.Score));
        Assert.DoesNotContain(verdict.Answers, a => a.HasInconclusive || a.Untrained);
        Assert.Equal(("openai", "test-model", "openai"), (verdict.Judge.Model, verdict.Judge.Version, verdict.Judge.Engine));
        Assert.Equal("test-model", verdict.ServedModel);
        Assert.Contains(verdict.Likenesses, l => l.Check == "bad_bank");
        Assert.Equal(6, server.Bodies.Count);
        foreach (var body in server.Bodies)
        {
            Assert.Equal((0d, "test-model"), ((double)body["temperature"]!, (string)body["model"]!));
            Assert.Equal(TestImages.Waves(64, 48, 3).Pixels, PictureOf(body).Pixels);
        }
    }

    [Fact]
    public async Task AssessImage_OneRequest_AsksOnce()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.StreamText("1: YES\n2: YES\n3: NO\n4: YES\n5: YES\n6: YES"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:OneRequest=true");

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.Equal(["question:is_frontal"], verdict.Reasons);
        Assert.Equal(["YES", "YES", "NO", "YES", "YES", "YES"], verdict.Answers.Select(a => a.Said));
        var asked = TextOf(Assert.Single(server.Bodies));
        Assert.All(JudgeQuestions.All, q => Assert.Contains(q.Wording, asked, StringComparison.Ordinal));
    }

    /// <summary>What can't be read is asked once more, with what was said; then the image is rejected with that reason.</summary>
    [Fact]
    public async Task AssessImage_NeitherYesNorNo_IsAskedOnceMoreAndThenInconclusive()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamTextOf(body => TextOf(body) switch
        {
            var text when text.Contains("frontal", StringComparison.Ordinal) => "It may be.",
            var text when text.Contains("human", StringComparison.Ordinal) && Turns(body).Count == 1 => "Yes, surely.",
            _ => "YES",
        }));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint);

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.Equal(["inconclusive:is_frontal"], verdict.Reasons);
        Assert.Equal(["is_frontal"], verdict.Answers.Where(a => a.Inconclusive).Select(a => a.Question));
        Assert.Equal("It may be.", verdict.Answers.Single(a => a.Inconclusive).Said);
        var again = server.Bodies.Where(b => Turns(b).Count > 1).ToList();
        Assert.Equal(3, again.Count); // is_frontal, and the two that ask for a human
        Assert.All(again, b => Assert.Equal(["user", "assistant", "user"], Turns(b).Select(t => (string)t!["role"]!)));
    }

    [Theory]
    [InlineData("content_filter", "was cut by the provider's content filter")]
    [InlineData("length", "was cut at a limit")]
    public async Task AssessImage_AnswerThatEndsBadly_IsInconclusiveThoughItSaysYes(string finish, string problem)
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(http =>
        {
            http.Response.ContentType = "text/event-stream";
            return ScriptedOpenAiServer.WriteEventAsync(http, new JsonObject { ["content"] = AllYes }, finish);
        });
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:OneRequest=true");

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.Equal(6, verdict.Reasons.Count(r => r.StartsWith("inconclusive:", StringComparison.Ordinal)));
        Assert.All(verdict.Answers, a => Assert.Contains(problem, a.Said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AssessImage_Thoughts_AreNoPartOfTheAnswer()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            ScriptedOpenAiServer.StreamText("<think>Is it? NO, wait.</think> YES"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint);

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.All(verdict.Answers, a => Assert.Equal((true, "YES"), (a.Yes, a.Said)));
    }

    [Fact]
    public async Task AssessImage_PictureTooLargeForTheContext_IsTheModelsFault()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(
            400, "the request exceeds the available context size", code: "exceed_context_size_error"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint);

        var error = await Assert.ThrowsAsync<RpcException>(() => AssessAsync(host, TestImages.Waves(64, 64, 3)));

        Assert.Equal("MODEL_NOT_LOADED", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("larger context", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AssessImage_ServerIsBusy_TellsTheCallerWhenToComeAgain()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.FailWith(429, "slow down", retryAfter: "7"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint);

        var error = await Assert.ThrowsAsync<RpcException>(() => AssessAsync(host, TestImages.Waves(64, 64, 3)));

        Assert.Equal("QUEUE_FULL", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(7, error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.Seconds);
    }

    [Fact]
    public async Task AssessImage_ManyAtOnce_AsksNoMoreThanTheSetConcurrency()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(async http =>
        {
            await Task.Delay(20);
            await ScriptedOpenAiServer.StreamText("YES")(http);
        });
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:Concurrency=4");

        var verdicts = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => AssessAsync(host, TestImages.Waves(64, 64, i))));

        Assert.Equal(72, server.Bodies.Count);
        Assert.InRange(server.MaxConcurrentCalls, 2, 4);
        Assert.All(verdicts, v => Assert.All(v.Answers, a => Assert.True(a.Yes)));
    }

    [Fact]
    public async Task ListModels_TwoJudges_HasTheDefaultFirstAndTheQuestionsDigest()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamText("YES"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:Judge=openai");

        var models = (await host.Client.ListModelsAsync(new ListModelsRequest())).Models;
        var verdict = (await host.Client.AssessImageAsync(RequestOf(TestImages.Waves(64, 64, 3), ""))).Verdict;

        Assert.Equal(["openai", "cxr-tiny-judge"], models.Take(2).Select(m => m.Name)); // image-text models come after them
        Assert.False(models[0].Deterministic);
        Assert.Equal((JudgeQuestions.Set.Version, JudgeQuestions.Set.Digest), (models[0].Prompts.Version, models[0].Prompts.Digest));
        Assert.Null(models[1].Prompts);
        Assert.NotEqual(models[1].Digest, models[0].Digest);
        Assert.Equal((models[0].Name, models[0].Digest), (verdict.Judge.Model, verdict.Judge.Digest));
    }

    [Fact]
    public async Task AssessImage_ServerThatHoldsToSchemas_CanOnlySayYesOrNo()
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(ScriptedOpenAiServer.StreamTextOf(body =>
            new JsonObject { ["answer"] = (string)ChoicesOf(body)!.Last()! }.ToJsonString()));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:JsonSchema=true");

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.All(verdict.Answers, a => Assert.Equal((false, "NO", false), (a.Yes, a.Said, a.Inconclusive)));
        Assert.Equal(7, server.Bodies.Count); // the first one tries whether the schema holds
        Assert.Equal(["YES", "NO"], ChoicesOf(server.Bodies.Last())!.Select(c => (string)c!));
    }

    /// <summary>A server that takes a schema and ignores it, and one that refuses it, are asked for plain text.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AssessImage_ServerThatIgnoresOrRefusesSchemas_IsAskedForPlainText(bool refuses)
    {
        await using var server = await ScriptedOpenAiServer.StartAsync(
            refuses ? ScriptedOpenAiServer.FailWith(400, "response_format is not supported") : ScriptedOpenAiServer.StreamText("Four."),
            ScriptedOpenAiServer.StreamText("YES"));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:JsonSchema=true");

        var verdict = await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.All(verdict.Answers, a => Assert.True(a.Yes));
        Assert.Equal(refuses ? 8 : 7, server.Bodies.Count); // after a refusal the same question without a schema
        Assert.All(server.Bodies.Skip(1), body => Assert.Null(ChoicesOf(body)));
    }

    [Fact]
    public async Task AssessImage_KeyThatWasWrongAtFirst_TriesTheSchemaAgain()
    {
        var isKeyRight = false;
        var refuse = ScriptedOpenAiServer.FailWith(401, "wrong key");
        var answer = ScriptedOpenAiServer.StreamTextOf(body =>
            new JsonObject { ["answer"] = (string)ChoicesOf(body)!.Last()! }.ToJsonString());
        await using var server = await ScriptedOpenAiServer.StartAsync(http => isKeyRight ? answer(http) : refuse(http));
        await using var host = await ChatJudgeHost.StartAsync(server.Endpoint, "--Curation:OpenAi:JsonSchema=true");
        await Assert.ThrowsAsync<RpcException>(() => AssessAsync(host, TestImages.Waves(64, 64, 3)));

        isKeyRight = true;
        await AssessAsync(host, TestImages.Waves(64, 64, 3));

        Assert.NotNull(ChoicesOf(server.Bodies.Last()));
    }

    [Fact]
    public async Task AssessImage_JudgeThatIsNotSetUp_IsRefusedByName()
    {
        await using var host = await ChatJudgeHost.StartWithAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => AssessAsync(host, TestImages.Waves(64, 64, 3)));

        Assert.Contains("no judge 'openai'; it has cxr-tiny-judge", error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<CurationVerdict> AssessAsync(ChatJudgeHost host, GrayImage image) =>
        (await host.Client.AssessImageAsync(RequestOf(image, "openai"))).Verdict;

    private static AssessImageRequest RequestOf(GrayImage image, string judge) => new()
    {
        Image = new ImageSource { Content = ByteString.CopyFrom(ImageCodec.EncodePng(image)) },
        Model = judge,
    };

    private static JsonArray? ChoicesOf(JsonNode body) =>
        body["response_format"]?["json_schema"]?["schema"]?["properties"]?["answer"]?["enum"]?.AsArray();

    private static JsonArray Turns(JsonNode body) => body["messages"]!.AsArray();

    /// <summary>The text beside the picture.</summary>
    private static string TextOf(JsonNode body) => (string)Turns(body)[0]!["content"]!.AsArray()
        .Single(p => (string)p!["type"]! == "text")!["text"]!;

    private static GrayImage PictureOf(JsonNode body)
    {
        var url = (string)Turns(body)[0]!["content"]!.AsArray().Single(p => (string)p!["type"]! == "image_url")!["image_url"]!["url"]!;
        Assert.StartsWith("data:image/png;base64,", url, StringComparison.Ordinal);
        return ImageCodec.DecodeGray(Convert.FromBase64String(url["data:image/png;base64,".Length..]), "picture");
    }
}
