using System.Threading.Channels;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>Data sets that are ready to be sealed, for the one worker of this process. A double does nothing.</summary>
internal sealed class SealingQueue
{
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(string dataset) => _ready.Writer.TryWrite(dataset);

    public IAsyncEnumerable<string> ReadAllAsync(CancellationToken cancellation) => _ready.Reader.ReadAllAsync(cancellation);
}
