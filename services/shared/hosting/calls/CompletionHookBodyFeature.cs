using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// A response body that does something before it is completed. A deadline that passes within a stream completes the response from a timer,
/// before any middleware sees that the call has ended.
/// </summary>
/// <param name="inner">The body.</param>
/// <param name="beforeCompletion">Runs before the trailers are sent.</param>
internal sealed class CompletionHookBodyFeature(IHttpResponseBodyFeature inner, Action beforeCompletion) : IHttpResponseBodyFeature
{
    public Stream Stream => inner.Stream;

    public PipeWriter Writer => inner.Writer;

    public Task CompleteAsync()
    {
        beforeCompletion();
        return inner.CompleteAsync();
    }

    public void DisableBuffering() => inner.DisableBuffering();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        inner.SendFileAsync(path, offset, count, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);
}
