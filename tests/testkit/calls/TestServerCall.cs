using Grpc.Core;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>A call for parts of a service that are tried without their server; it can be cancelled.</summary>
public sealed class TestServerCall : ServerCallContext, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    protected override string MethodCore => "/test";

    protected override string HostCore => "localhost";

    protected override string PeerCore => "test";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => _cancellation.Token;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    public void Cancel() => _cancellation.Cancel();

    public void Dispose() => _cancellation.Dispose();

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
