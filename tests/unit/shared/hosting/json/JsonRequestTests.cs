using System.Net;
using System.Text;
using Google.Rpc;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Shared.Tests.Hosting.Calls;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Json;

/// <summary>JSON takes what protobuf's JSON mapping takes; what it doesn't is refused with the field as the caller wrote it.</summary>
public sealed class JsonRequestTests(RefusalServer server) : IClassFixture<RefusalServer>
{
    private const string Create = "/v1/datasets";
    private const string Render = "/v1/images:render";

    [Theory]
    [InlineData("""{"spec":{"pairs":"5"}}""")]
    [InlineData("""{"spec":{"pairs":5.0}}""")]
    [InlineData("""{"spec":{"pairs":5e0}}""")]
    [InlineData("""{"spec":{"pairs":"5.0"},"requestId":null}""")]
    [InlineData("""{"spec":{"pairs":50e-1,"seed":0}}""")]
    public async Task Number_InEveryForm_IsTheSame(string body)
    {
        var request = await CreateAsync(body);

        Assert.Equal(5, request.Spec.Pairs);
    }

    [Fact]
    public async Task Request_InEitherSpelling_HasEveryKindOfValue()
    {
        var request = await CreateAsync("""
            {"request_id":"r","validateOnly":true,"spec":{"pairs":9007199254740993,"seed":"18446744073709551615","max_attempts":"3",
             "image":{"guidance":"7.5","steps":4.0,"promptOverflow":"PROMPT_OVERFLOW_CHUNK"},
             "report":{"impression":1,"matching":"MATCHING_UNSPECIFIED"},
             "draw":{"weights":[{"weight":"2"},{"weight":5e-1}]},
             "train":{"data":["a","ü😀"],"evaluate":[{"x":null,"y":[1,"z"]}]}}}
            """);

        Assert.Equal((9007199254740993, ulong.MaxValue, 3), (request.Spec.Pairs, request.Spec.Seed, request.Spec.MaxAttempts));
        Assert.Equal((7.5, 4, PromptOverflow.Chunk),
            (request.Spec.Image.Guidance, request.Spec.Image.Steps, request.Spec.Image.PromptOverflow));
        Assert.Equal([2, 0.5], request.Spec.Draw.Weights.Select(w => w.Weight));
        Assert.Equal("z", request.Spec.Train.Evaluate[0].Fields["y"].ListValue.Values[1].StringValue);
        Assert.Equal("ü😀", request.Spec.Train.Data[1]);
        Assert.True(request.ValidateOnly);
    }

    [Theory]
    [InlineData("""{"spec":{"pairs":5,"color":1}}""", "spec.color", "pairs, seed")]
    [InlineData("""{"Spec":{}}""", "Spec", "spec, requestId")]
    [InlineData("""{"spec":{"train":{"data":["a",5]}}}""", "spec.train.data[1]", "text")]
    [InlineData("""{"spec":{"train":{"data":"a"}}}""", "spec.train.data", "a list")]
    [InlineData("""{"spec":{"train":{"data":[null]}}}""", "spec.train.data[0]", "null")]
    [InlineData("""{"spec":{"max_attempts":"many"}}""", "spec.max_attempts", "a whole number from -2147483648 to 2147483647")]
    [InlineData("""{"spec":{"maxAttempts":2147483648}}""", "spec.maxAttempts", "2147483648")]
    [InlineData("""{"spec":{"maxAttempts":1.5}}""", "spec.maxAttempts", "1.5")]
    [InlineData("""{"spec":{"maxAttempts":1e-40}}""", "spec.maxAttempts", "a whole number")]
    [InlineData("""{"spec":{"maxAttempts":""}}""", "spec.maxAttempts", "a whole number")]
    [InlineData("""{"spec":{"maxAttempts":" 5"}}""", "spec.maxAttempts", "a whole number")]
    [InlineData("""{"spec":{"seed":-1}}""", "spec.seed", "from 0 to 18446744073709551615")]
    [InlineData("""{"spec":{"pairs":1e300}}""", "spec.pairs", "1e300")]
    [InlineData("""{"spec":{"pairs":true}}""", "spec.pairs", "true")]
    [InlineData("""{"spec":{"image":{"guidance":1e999}}}""", "spec.image.guidance", "a number")]
    [InlineData("""{"spec":{"image":{"guidance":"much"}}}""", "spec.image.guidance", "a number")]
    [InlineData("""{"spec":{"image":{"promptOverflow":"CUT"}}}""", "spec.image.promptOverflow", "PROMPT_OVERFLOW_CHUNK")]
    [InlineData("""{"spec":{"image":{"promptOverflow":77}}}""", "spec.image.promptOverflow", "PROMPT_OVERFLOW_CHUNK")]
    [InlineData("""{"spec":{"image":{"promptOverflow":[]}}}""", "spec.image.promptOverflow", "a list")]
    [InlineData("""{"spec":{"image":[]}}""", "spec.image", "an object")]
    [InlineData("""{"spec":{"draw":{"weights":[{},{"weight":"b"}]}}}""", "spec.draw.weights[1].weight", "a number")]
    [InlineData("""{"spec":{"train":{"evaluate":[5]}}}""", "spec.train.evaluate[0]", "an object")]
    [InlineData("""{"validate_only":"true"}""", "validate_only", "true or false")]
    [InlineData("""{"requestId":"a","request_id":"b"}""", "request_id", "twice")]
    [InlineData("""{"requestId":"\ud800"}""", "requestId", "half of a character")]
    [InlineData("""{"requestId":"a\u0000"}""", "request_id", "NUL")]
    [InlineData("""{"\ud800":1}""", "body", "half of a character")]
    [InlineData("""[]""", "body", "an object")]
    [InlineData("""null""", "body", "an object")]
    [InlineData("", "body", "Is empty")]
    [InlineData(" ", "body", "not JSON")]
    [InlineData("{\"spec\":\n {\"pairs\":5,}}", "body", "line 2, byte 13")]
    [InlineData("""{"spec":{"pairs":NaN}}""", "body", "line 1")]
    public async Task Body_Wrong_NamesTheFieldAndWhatIsExpected(string body, string field, string said)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await AssertRefusedAsync(HttpMethod.Post, Create, content, field, said);
    }

    [Theory]
    [InlineData("text/plain", "application/json")]
    [InlineData("application/json; charset=nonsense", "charset")]
    [InlineData(null, "application/json")]
    public async Task ContentType_Wrong_IsNamed(string? type, string said)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);

        await AssertRefusedAsync(HttpMethod.Post, Create, content, "content-type", said);
    }

    /// <summary>A packed body would be read as text that is no JSON, or as what it is not.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("foo")]
    public async Task ContentEncoding_Any_IsNamed(string encoding)
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add(encoding);

        await AssertRefusedAsync(HttpMethod.Post, Create, content, "content-encoding", "without compression");
    }

    [Fact]
    public async Task Body_InUtf16_IsRead()
    {
        using var content = new ByteArrayContent(Encoding.Unicode.GetBytes("""{"requestId":"ü"}"""));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=\"utf-16\"");

        var (code, _) = await server.SendJsonAsync(HttpMethod.Post, Create, content);

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("ü", ((CreateDatasetRequest)server.Received!).RequestId);
    }

    [Theory]
    [InlineData("?colour=1", "colour", "pageSize, pageToken")]
    [InlineData("?page_size=many", "page_size", "a whole number")]
    [InlineData("?pageSize=1&pageSize=2", "pageSize", "2 times")]
    [InlineData("?pageSize.x=1", "pageSize.x", "has no fields")]
    public async Task Query_Wrong_NamesTheParameter(string query, string field, string said) =>
        await AssertRefusedAsync(HttpMethod.Get, Create + query, null, field, said);

    [Fact]
    public async Task Query_OfAMethodWithABody_IsRefusedByName()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");

        await AssertRefusedAsync(HttpMethod.Post, Create + "?validateOnly=true", content, "validateOnly", "in the body");
    }

    [Fact]
    public async Task Query_OfWhatThePathGives_IsRefusedByName() =>
        await AssertRefusedAsync(HttpMethod.Get, "/v1/datasets/a?name=datasets/b", null, "name", "given by the path");

    [Fact]
    public async Task Query_NumberInEveryForm_IsRead()
    {
        var (code, _) = await server.SendJsonAsync(HttpMethod.Get, Create + "?page_size=5.0&pageToken=x", null);

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(new ListDatasetsRequest { PageSize = 5, PageToken = "x" }, server.Received);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("DELETE", "/v1/datasets", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "NOT_FOUND")]
    public async Task Path_Unknown_HasOneErrorInfo(string method, string path, HttpStatusCode code, string reason)
    {
        var (status, answer) = await server.SendJsonAsync(new HttpMethod(method), path, null);

        Assert.Equal(code, status);
        RawCallClient.AssertReason(reason, RawCallClient.ParseStatus(answer.GetRawText()));
    }

    [Theory]
    [InlineData("GET /v1/datasets/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("GET /v1/datasets/a%2x HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /v1/datasets HTTP/7.7\r\nHost: localhost\r\n\r\n", "505")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData(
        "POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "xyz\r\n",
        "400")]
    public async Task Request_ThatIsNoHttp_HasOneErrorInfo(string text, string code)
    {
        var answer = await RawCallClient.SendTextAsync(server.Json, text);

        Assert.StartsWith($"HTTP/1.1 {code} ", answer, StringComparison.Ordinal);
        var (head, body) = (answer.Split("\r\n\r\n")[0], answer.Split("\r\n\r\n")[1]);
        Assert.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(body)}", head, StringComparison.Ordinal);
        RawCallClient.AssertReason("INVALID_FIELD", RawCallClient.ParseStatus(body));
    }

    [Fact]
    public async Task Headers_OverTheLimit_HaveOneErrorInfo()
    {
        var answer = await RawCallClient.SendTextAsync(
            server.Json, $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 40_000)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        RawCallClient.AssertReason("INVALID_FIELD", RawCallClient.ParseStatus(answer.Split("\r\n\r\n")[1]));
    }

    [Fact]
    public async Task Body_OverTheLimit_SaysTheLimit()
    {
        using var content = new ByteArrayContent(new byte[34 * 1024 * 1024]);
        content.Headers.ContentType = new("application/json");

        var (code, answer) = await server.SendJsonAsync(HttpMethod.Post, Create, content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
        var status = RawCallClient.ParseStatus(answer.GetRawText());
        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", status);
        Assert.Contains("4,194,304", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_Unimplemented_HasOneErrorInfo()
    {
        var (code, answer) = await server.SendJsonAsync(HttpMethod.Get, "/v1/diffusion/models", null);

        Assert.Equal(HttpStatusCode.NotImplemented, code);
        RawCallClient.AssertReason("UNIMPLEMENTED", RawCallClient.ParseStatus(answer.GetRawText()));
    }

    [Fact]
    public async Task Name_ThatIsLong_IsEchoedShort()
    {
        using var content = new StringContent($$"""{"{{new string('x', 5000)}}":1}""", Encoding.UTF8, "application/json");

        var (_, answer) = await server.SendJsonAsync(HttpMethod.Post, Render, content);

        Assert.True(RawCallClient.ParseStatus(answer.GetRawText()).Message.Length < 400);
    }

    private async Task<CreateDatasetRequest> CreateAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var (code, answer) = await server.SendJsonAsync(HttpMethod.Post, Create, content);
        Assert.True(code == HttpStatusCode.OK, answer.ToString());
        return (CreateDatasetRequest)server.Received!;
    }

    private async Task AssertRefusedAsync(HttpMethod method, string path, HttpContent? content, string field, string said)
    {
        server.Received = null;

        var (code, answer) = await server.SendJsonAsync(method, path, content);

        Assert.Equal(HttpStatusCode.BadRequest, code);
        var status = RawCallClient.ParseStatus(answer.GetRawText());
        RawCallClient.AssertReason("INVALID_FIELD", status);
        var violation = Assert.Single(status.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(field, violation.Field);
        Assert.Contains(said, violation.Description, StringComparison.Ordinal);
        Assert.Null(server.Received);
    }
}
