using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>Reads the body of a request up to a limit, before anything parses it.</summary>
/// <param name="method">The method's name, for refusals.</param>
/// <param name="maxBytes">The method's limit.</param>
/// <param name="memory">Counts what is held.</param>
internal sealed class RequestBodyReader(string method, int maxBytes, RequestMemoryLimiter.RequestMemory memory)
{
    /// <summary>What stands before a message of gRPC: a flag, and four bytes of length.</summary>
    public const int PrefixBytes = 5;

    /// <summary>The message that a body ends too late for.</summary>
    public static MeshException TooSlow() => new(ErrorReasons.DeadlineUnmeetable,
        "The body of the request took longer than this process waits for one (Mesh:BodyLimit).");

    /// <summary>Reads the first frame of a gRPC call: prefix and message, or what there is of them.</summary>
    /// <exception cref="MeshException">MESSAGE_TOO_LARGE, as soon as the prefix says so; QUEUE_FULL.</exception>
    public Task<ReadOnlyMemory<byte>> ReadFrameAsync(PipeReader body, CancellationToken cancellation) =>
        ReadAsync(body, start => start.Length < PrefixBytes ? PrefixBytes : PrefixBytes + ReadLength(start.Span), cancellation);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="MeshException">MESSAGE_TOO_LARGE, QUEUE_FULL.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadToEndAsync(PipeReader body, CancellationToken cancellation)
    {
        var read = await ReadAsync(body, _ => maxBytes + 1, cancellation);
        return read.Length > maxBytes ? throw TooLarge() : read;
    }

    /// <summary>The message of a frame, decompressed; null for a frame that gRPC itself refuses.</summary>
    /// <exception cref="MeshException">MESSAGE_TOO_LARGE: also where it is small until it is decompressed.</exception>
    public ReadOnlyMemory<byte>? ReadMessage(ReadOnlyMemory<byte> frame, string encoding)
    {
        if (frame.Length < PrefixBytes || frame.Length < PrefixBytes + ReadLength(frame.Span))
            return null;
        var content = frame[PrefixBytes..];
        return (frame.Span[0], encoding) switch
        {
            (0, _) => content,
            (1, "gzip") => Decompress(content, s => new GZipStream(s, CompressionMode.Decompress)),
            (1, "deflate") => Decompress(content, s => new ZLibStream(s, CompressionMode.Decompress)),
            _ => null,
        };
    }

    /// <summary>The refusal of a request over the limit.</summary>
    public MeshException TooLarge() => new(ErrorReasons.MessageTooLarge, string.Create(CultureInfo.InvariantCulture,
        $"The request is larger than {maxBytes:N0} bytes, the limit of {method}. Send less at once."));

    /// <summary>The refusal of a request with too many entries.</summary>
    public MeshException TooMany(int maxEntries) => new(ErrorReasons.MessageTooLarge, string.Create(CultureInfo.InvariantCulture,
        $"The lists and messages of the request have more than {maxEntries:N0} entries, the limit of {method}. Send fewer at once."));

    private async Task<ReadOnlyMemory<byte>> ReadAsync(PipeReader body, Func<ReadOnlyMemory<byte>, int> findEnd,
        CancellationToken cancellation)
    {
        var read = new ArrayBufferWriter<byte>();
        while (true)
        {
            var end = findEnd(read.WrittenMemory);
            if (read.WrittenCount >= end)
                return read.WrittenMemory;
            var result = await body.ReadAsync(cancellation);
            var part = result.Buffer.Slice(0, Math.Min(end - read.WrittenCount, result.Buffer.Length));
            memory.Grow(part.Length);
            foreach (var segment in part)
                read.Write(segment.Span);
            var isAll = result.IsCompleted && part.Length == result.Buffer.Length;
            body.AdvanceTo(part.End);
            if (isAll)
                return read.WrittenMemory;
        }
    }

    private int ReadLength(ReadOnlySpan<byte> frame)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(frame[1..]);
        return length > maxBytes ? throw TooLarge() : (int)length;
    }

    private ReadOnlyMemory<byte>? Decompress(ReadOnlyMemory<byte> content, Func<Stream, Stream> open)
    {
        var message = new ArrayBufferWriter<byte>();
        try
        {
            using var stream = open(new MemoryStream(content.ToArray(), writable: false));
            for (int count; (count = stream.Read(message.GetSpan())) > 0;)
            {
                memory.Grow(count);
                message.Advance(count);
                if (message.WrittenCount > maxBytes)
                    throw TooLarge();
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return null; // gRPC reads it again, and says so
        }

        return message.WrittenMemory;
    }
}
