using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>
/// The body of a JSON answer. A refusal is held back until it is whole, so that one that JSON transcoding made without an ErrorInfo can get
/// it; what is no refusal is written at once.
/// </summary>
/// <param name="inner">The body that the client gets.</param>
/// <param name="response">Whose status tells a refusal.</param>
internal sealed class RefusalBodyStream(Stream inner, HttpResponse response) : Stream
{
    private readonly MemoryStream _held = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool IsRefusal => !response.HasStarted && response.StatusCode >= StatusCodes.Status400BadRequest;

    /// <summary>Writes what was held back, with an ErrorInfo where it had none.</summary>
    public async Task CompleteRefusalAsync(HttpContext http)
    {
        if (_held.Length == 0)
            return;
        var status = RefusalWriter.ParseJson(Encoding.UTF8.GetString(_held.ToArray()));
        if (RefusalStatusMapping.HasOneErrorInfo(status))
        {
            await inner.WriteAsync(_held.ToArray(), http.RequestAborted);
            return;
        }

        await RefusalWriter.WriteAsync(http,
            FailedCallMapping.FromStatus((StatusCode)(status?.Code ?? (int)StatusCode.Unknown), status?.Message ?? "", null));
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        IsRefusal ? _held.WriteAsync(buffer, cancellationToken) : inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => (IsRefusal ? _held : inner).Write(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        IsRefusal ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override void Flush()
    {
        if (!IsRefusal)
            inner.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _held.Dispose();
        base.Dispose(disposing);
    }
}
