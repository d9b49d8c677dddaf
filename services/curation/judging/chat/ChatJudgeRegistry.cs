using System.Collections.Frozen;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>
/// The judges of this replica that ask a chat model. Made at the start, so that a model that can't be loaded stops it.
/// </summary>
internal sealed class ChatJudgeRegistry(IServiceProvider services) : IHostedService, IAsyncDisposable
{
    private readonly FrozenDictionary<string, ChatJudge> _judges = ChatJudgeNames.ByName
        .Select(entry => Create(entry.Key, entry.Value, services)).OfType<ChatJudge>()
        .ToFrozenDictionary(judge => judge.Name, StringComparer.Ordinal);

    public IEnumerable<ChatJudge> All => _judges.Values.OrderBy(judge => judge.Name, StringComparer.Ordinal);

    /// <summary>The judge of a name; null where this replica has none.</summary>
    public ChatJudge? Find(string name) => _judges.GetValueOrDefault(name);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var judge in All)
            await judge.DisposeAsync();
    }

    private static ChatJudge? Create(string name, Func<IServiceProvider, ChatJudge?> create, IServiceProvider services)
    {
        try
        {
            return create(services);
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"the judge {name} of {CurationOptions.Section}", error.Message);
        }
    }
}
