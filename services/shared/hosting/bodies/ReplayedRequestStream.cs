using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>The body of a request that was read already: first what was read, then what comes after it.</summary>
/// <param name="read">What was read; let go of once it was read again.</param>
/// <param name="rest">Where the rest comes from.</param>
/// <param name="limit">Ends the wait for the rest.</param>
internal sealed class ReplayedRequestStream(ReadOnlyMemory<byte> read, Stream rest, CancellationToken limit)
    : Stream, IRequestBodyPipeFeature
{
    private ReadOnlyMemory<byte> _left = read;
    private PipeReader? _reader;

    public PipeReader Reader => _reader ??= PipeReader.Create(this, new StreamPipeReaderOptions(leaveOpen: true));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.Length > 0)
        {
            var count = Math.Min(_left.Length, buffer.Length);
            _left[..count].CopyTo(buffer);
            _left = count == _left.Length ? default : _left[count..];
            return count;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit);
        try
        {
            return await rest.ReadAsync(buffer, end.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw RequestBodyReader.TooSlow();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override void Flush()
    {
        // nothing is written
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
