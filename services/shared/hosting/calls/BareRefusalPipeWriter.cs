using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Gives a body with an ErrorInfo to the answers that Kestrel itself makes for bytes that are no valid HTTP/1.1: <c>%00</c> in a path, a
/// broken chunk, headers over the limit. No middleware sees these requests; their answer is a head with an error status, an empty body and
/// the end of the connection.
/// </summary>
internal sealed class BareRefusalPipeWriter(PipeWriter inner) : PipeWriter
{
    private const int StatusStart = 9; // after "HTTP/1.1 "

    /// <summary>Room for a head and its body in one piece: what is left of a pipe's segment may be smaller, and would part them.</summary>
    private const int MinRoom = 2048;

    private Memory<byte> _written;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>Connection middleware for HTTP/1.1.</summary>
    public static ConnectionDelegate FillBareRefusals(ConnectionDelegate next) => async connection =>
    {
        var transport = connection.Transport;
        connection.Transport = new WrappedDuplexPipe(transport.Input, new BareRefusalPipeWriter(transport.Output));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written = inner.GetMemory(Math.Max(sizeHint, MinRoom));

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (bytes <= _written.Length && FillIfBare(_written.Span[..bytes]) is { } answer && answer.Length <= _written.Length)
        {
            answer.CopyTo(_written);
            bytes = answer.Length;
        }

        _written = default;
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(source, cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>The answer with a body; null for any but a bare refusal.</summary>
    private static byte[]? FillIfBare(ReadOnlySpan<byte> head)
    {
        if (!(head.StartsWith("HTTP/1.1 4"u8) || head.StartsWith("HTTP/1.1 5"u8)) || !head.EndsWith("\r\n\r\n"u8)
            || head.IndexOf("\r\nContent-Length: 0\r\n"u8) < 0 || head.IndexOf("\r\nConnection: close\r\n"u8) < 0)
            return null;
        var code = int.Parse(head.Slice(StatusStart, 3), CultureInfo.InvariantCulture);
        var body = RefusalWriter.ToJson(FailedCallMapping.FromHttpStatus(code));
        var length = string.Create(CultureInfo.InvariantCulture,
            $"\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(
            Encoding.Latin1.GetString(head).Replace("\r\nContent-Length: 0\r\n", length, StringComparison.Ordinal) + body);
    }

    private sealed class WrappedDuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
