using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using SynCxr.Mesh.Errors;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>
/// Sends what no client should: random and damaged messages, frames and metadata over gRPC, random and damaged texts over JSON, at every
/// RPC. Each answer must be good, or a refusal with exactly one ErrorInfo of a registered reason.
/// </summary>
/// <param name="grpc">Address of the gRPC port.</param>
/// <param name="json">Address of the JSON port.</param>
public sealed partial class CallFuzzer(string grpc, string json, IReadOnlyList<ServiceDescriptor> services, int seed) : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly RawCallClient _calls = new();
    private readonly MethodDescriptor[] _methods = [.. services.SelectMany(s => s.Methods)];

    /// <summary>How often each reason was given, and "OK".</summary>
    public ConcurrentDictionary<string, int> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that are neither good nor a refusal with one ErrorInfo: the input that gave it, and what came.</summary>
    public ConcurrentQueue<string> Wrong { get; } = [];

    /// <summary>Sends the inputs <paramref name="first"/> to <paramref name="last"/>; the same number is the same input.</summary>
    public Task RunAsync(int first, int last, int callers) => Parallel.ForEachAsync(Enumerable.Range(first, last - first),
        new ParallelOptions { MaxDegreeOfParallelism = callers }, async (number, _) =>
        {
            var random = new Random(unchecked((seed * 1_000_003) + number));
            var method = _methods[random.Next(_methods.Length)];
            var isJson = random.Next(3) == 0 && method.GetOptions()?.HasExtension(AnnotationsExtensions.Http) is true;
            try
            {
                var call = isJson ? SendJsonAsync(method, random) : SendGrpcAsync(method, random);
                var answer = call.WaitAsync(_limit, CancellationToken.None);
                Record(number, method, isJson, await answer);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Wrong.Enqueue(Describe(number, method, isJson, $"{error.GetType().Name}: {error.Message}"));
            }
        });

    public void Dispose() => _calls.Dispose();

    private async Task<RpcStatus> SendGrpcAsync(MethodDescriptor method, Random random)
    {
        var message = random.Next(4) == 0 ? new RandomMessage(random).CreateBytes(random.Next(64))
            : new RandomMessage(random).Create(method.InputType).ToByteArray();
        if (random.Next(3) == 0)
            Damage(message, random);
        var frame = RawCallClient.Frame(message, flag: random.Next(12) == 0 ? (byte)random.Next(256) : (byte)0);
        switch (random.Next(12))
        {
            case 0:
                frame = frame[..random.Next(frame.Length)];
                break;
            case 1:
                frame[1 + random.Next(4)] = (byte)random.Next(256);
                break;
            case 2:
                frame = [.. frame, .. frame];
                break;
        }

        List<(string, string)> headers = [("grpc-timeout", random.Next(30) == 0 ? "soon" : "3S")];
        switch (random.Next(15))
        {
            case 0:
                headers.Add(("trace-bin", "%%%"));
                break;
            case 1:
                headers.Add(("x-syncxr-tenant", random.Next(2) == 0 ? "Not A Tenant" : "another"));
                break;
            case 2:
                headers.Add(("x-request-id", new string('r', random.Next(300))));
                break;
            case 3:
                headers.Add(("grpc-encoding", random.Next(2) == 0 ? "gzip" : "brotli"));
                break;
        }

        return await _calls.PostGrpcAsync(grpc, $"/{method.Service.FullName}/{method.Name}", frame, [.. headers]);
    }

    private async Task<RpcStatus> SendJsonAsync(MethodDescriptor method, Random random)
    {
        var rule = method.GetOptions()!.GetExtension(AnnotationsExtensions.Http);
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => (HttpMethod.Get, rule.Get),
            HttpRule.PatternOneofCase.Delete => (HttpMethod.Delete, rule.Delete),
            HttpRule.PatternOneofCase.Put => (HttpMethod.Put, rule.Put),
            HttpRule.PatternOneofCase.Patch => (HttpMethod.Patch, rule.Patch),
            _ => (HttpMethod.Post, rule.Post),
        };
        string[] ids = ["none", "20260101-000000-aaaaaaaa", "%00", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9", new('i', 300)];
        path = NamePattern().Replace(path, m => m.Value.Contains('=', StringComparison.Ordinal)
            ? m.Groups[1].Value.Replace("*", ids[random.Next(ids.Length)], StringComparison.Ordinal) : ids[random.Next(ids.Length)]);
        if (random.Next(4) == 0)
            path += "?" + (random.Next(2) == 0 ? "page_size=" : "nothing=") + random.NextInt64().ToString(CultureInfo.InvariantCulture);
        StringContent? body = null;
        if (verb != HttpMethod.Get)
        {
            var text = Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(new RandomMessage(random).Create(method.InputType)));
            if (random.Next(2) == 0)
                Damage(text, random);
            body = new StringContent(Encoding.UTF8.GetString(text), Encoding.UTF8);
            body.Headers.ContentType = new MediaTypeHeaderValue(random.Next(20) == 0 ? "text/plain" : "application/json");
        }

        var (code, answer) = await _calls.SendJsonAsync(verb, json + path, body);
        if (code == HttpStatusCode.OK)
            return new RpcStatus();
        return answer.ValueKind == System.Text.Json.JsonValueKind.Undefined
            ? new RpcStatus { Code = -1, Message = $"{verb} {path}: {(int)code} without a body" }
            : RawCallClient.ParseStatus(answer.GetRawText());
    }

    private static void Damage(byte[] bytes, Random random)
    {
        for (var i = 0; i < 1 + random.Next(3) && bytes.Length > 0; i++)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
    }

    private void Record(int number, MethodDescriptor method, bool isJson, RpcStatus status)
    {
        var infos = status.Details.Where(d => d.Is(ErrorInfo.Descriptor)).Select(d => d.Unpack<ErrorInfo>()).ToList();
        var isGood = status.Code == 0 ? infos.Count == 0
            : infos is [{ Domain: ErrorReasons.Domain } info]
                && ErrorReasons.All.Any(r => r.Name == info.Reason && (int)r.Status == status.Code)
                && status.Message.Length is > 0 and < 4096 && !status.Message.Any(char.IsControl);
        Answers.AddOrUpdate(infos.FirstOrDefault()?.Reason ?? (status.Code == 0 ? "OK" : "none"), 1, (_, count) => count + 1);
        if (!isGood)
            Wrong.Enqueue(Describe(number, method, isJson, status.ToString()));
    }

    private static string Describe(int number, MethodDescriptor method, bool isJson, string what) =>
        $"input {number}, {method.Service.Name}/{method.Name} over {(isJson ? "JSON" : "gRPC")}: {what[..Math.Min(what.Length, 600)]}";

    [GeneratedRegex(@"\{[^}=]+=?([^}]*)\}")]
    private static partial Regex NamePattern();
}
