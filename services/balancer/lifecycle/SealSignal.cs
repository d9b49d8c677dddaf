using System.Threading.Channels;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Wakes the sealing worker of this process; which data sets are to be sealed, the rows say. Calls that come while it works are one.
/// </summary>
internal sealed class SealSignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Wake() => _calls.Writer.TryWrite(true);

    public IAsyncEnumerable<bool> ReadAllAsync(CancellationToken cancellation) => _calls.Reader.ReadAllAsync(cancellation);
}
