using System.Collections.Concurrent;
using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Testkit.Objects;

/// <summary>
/// An S3 store in this process, for what no real one does on demand: it is slow, refuses, loses bytes, or answers what it likes. Any key
/// and any signature will do; buckets exist when they are named.
/// </summary>
public sealed class InMemoryS3Server : IAsyncDisposable
{
    private const string ChecksumHeader = "x-amz-checksum-sha256";
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, (byte[] Bytes, string Sha256)> _objects = new(StringComparer.Ordinal);

    private InMemoryS3Server(WebApplication app) => _app = app;

    /// <summary>Method and key of every request, in order.</summary>
    public ConcurrentQueue<(string Method, string Key)> Requests { get; } = new();

    /// <summary>Answers a request itself where it returns true; method and key are given.</summary>
    public Func<HttpContext, string, Task<bool>>? Intercept { get; set; }

    /// <summary>What is stored for the bytes of a put; the bytes themselves if null.</summary>
    public Func<string, byte[], byte[]>? Damage { get; set; }

    /// <summary>Whether it keeps the SHA-256 that a put brings, as Amazon's does.</summary>
    public bool KeepsSha256 { get; set; }

    public string Endpoint => _app.Urls.First();

    /// <summary>The keys that are stored.</summary>
    public IReadOnlyList<string> Keys => [.. _objects.Keys.Order(StringComparer.Ordinal)];

    /// <summary>How often a key that ends so was asked for by a method.</summary>
    public int Count(string method, string end) =>
        Requests.Count(r => r.Method == method && r.Key.EndsWith(end, StringComparison.Ordinal));

    /// <summary>The settings of a service that stores here.</summary>
    public IReadOnlyList<string> Settings =>
        ["--Storage:Kind=s3", $"--Storage:Endpoint={Endpoint}", "--Storage:Bucket=b", "--Storage:AccessKey=a", "--Storage:SecretKey=s"];

    public static async Task<InMemoryS3Server> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new InMemoryS3Server(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Answers as S3 does when it refuses.</summary>
    public static async Task<bool> RefuseAsync(HttpContext http, int status, string code)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as the test asked</Message></Error>");
        return true;
    }

    /// <summary>Cuts the connection in the middle: of the bytes that a put sends, or of those that a get is sent.</summary>
    public static async Task<bool> CutAsync(HttpContext http)
    {
        if (http.Request.Method == "PUT")
        {
            await http.Request.Body.ReadAtLeastAsync(new byte[16], 16, throwOnEndOfStream: false, http.RequestAborted);
        }
        else
        {
            http.Response.ContentLength = 1000;
            await http.Response.Body.WriteAsync(new byte[16]);
            await http.Response.Body.FlushAsync();
        }

        http.Abort();
        return true;
    }

    public void Remove(string key) => _objects.TryRemove(key, out _);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.TrimStart('/').Split('/', 2);
        var key = parts.Length > 1 ? parts[1] : "";
        Requests.Enqueue((http.Request.Method, key));
        if (Intercept is { } intercept && await intercept(http, key))
            return;
        await (http.Request.Method switch
        {
            "PUT" => PutAsync(http, key),
            "DELETE" => DeleteAsync(http, key),
            "GET" when key.Length == 0 => ListAsync(http),
            _ => GetAsync(http, key),
        });
    }

    private async Task PutAsync(HttpContext http, string key)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var bytes = Damage?.Invoke(key, body.ToArray()) ?? body.ToArray();
        var sha256 = KeepsSha256 ? http.Request.Headers[ChecksumHeader].ToString() : "";
        _objects[key] = (bytes, sha256);
        http.Response.Headers.ETag = TagOf(bytes);
        if (sha256.Length > 0)
            http.Response.Headers[ChecksumHeader] = sha256;
    }

    private Task DeleteAsync(HttpContext http, string key)
    {
        _objects.TryRemove(key, out _);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task ListAsync(HttpContext http)
    {
        var prefix = http.Request.Query["prefix"].ToString();
        var entries = Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k =>
            $"<Contents><Key>{SecurityElement.Escape(k)}</Key><Size>{_objects[k].Bytes.Length}</Size></Contents>");
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync("<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>"
            + $"{string.Concat(entries)}</ListBucketResult>");
    }

    private async Task GetAsync(HttpContext http, string key)
    {
        if (!_objects.TryGetValue(key, out var found))
        {
            if (http.Request.Method == "HEAD")
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            else
                await RefuseAsync(http, StatusCodes.Status404NotFound, "NoSuchKey");
            return;
        }

        http.Response.ContentLength = found.Bytes.Length;
        http.Response.Headers.ETag = TagOf(found.Bytes);
        http.Response.Headers.LastModified = DateTimeOffset.UnixEpoch.ToString("R", CultureInfo.InvariantCulture);
        if (found.Sha256.Length > 0)
            http.Response.Headers[ChecksumHeader] = found.Sha256;
        if (http.Request.Method == "GET")
            await http.Response.Body.WriteAsync(found.Bytes);
    }

#pragma warning disable CA5351 // what S3 calls an entity tag, not a proof of anything
    private static string TagOf(byte[] bytes) => $"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"";
#pragma warning restore CA5351
}
