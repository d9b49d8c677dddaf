using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>The tries that a balancer put off, as it logs them.</summary>
internal sealed class PairDelayLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(long Index, string Status, string Detail)> _all = new();

    /// <summary>Status is a gRPC status where a peer failed, else the name of an exception.</summary>
    public IReadOnlyCollection<(long Index, string Status, string Detail)> All => _all;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name != "pair.delayed" || state is not IEnumerable<KeyValuePair<string, object?>> pairs)
            return;
        var values = pairs.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        _all.Enqueue(((long)values["Index"]!, $"{values["Status"]}", $"{values["Detail"]}"));
    }

    public void Dispose()
    {
    }
}
