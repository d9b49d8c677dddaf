using System.IO.Pipelines;
using System.Text;
using SynCxr.Mesh.Hosting.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

public sealed class BareRefusalPipeWriterTests
{
    private static readonly byte[] _bareRefusal = Encoding.ASCII.GetBytes(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\nDate: Mon, 30 Nov 2026 08:00:00 GMT\r\n\r\n");

    /// <summary>As Kestrel writes: what fits into the piece that it gets, then the next piece.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    [InlineData(4000)]
    public async Task Advance_BareRefusalNearTheEndOfASegment_GetsItsBody(int left)
    {
        var pipe = new Pipe();
        pipe.Writer.Advance(pipe.Writer.GetMemory(1).Length - left);
        var writer = new BareRefusalPipeWriter(pipe.Writer);

        for (var rest = _bareRefusal.AsMemory(); rest.Length > 0;)
        {
            var piece = writer.GetMemory();
            var size = Math.Min(piece.Length, rest.Length);
            rest[..size].CopyTo(piece);
            writer.Advance(size);
            rest = rest[size..];
        }

        await writer.FlushAsync(TestContext.Current.CancellationToken);
        var answer = Encoding.UTF8.GetString((await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken)).Buffer);
        Assert.Contains("INVALID_FIELD", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length: 0", answer, StringComparison.Ordinal);
    }
}
