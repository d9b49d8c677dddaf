using System.Collections.Frozen;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>The judges of this replica that ask a chat model.</summary>
internal sealed class ChatJudgeRegistry(IServiceProvider services) : IAsyncDisposable
{
    private readonly FrozenDictionary<string, ChatJudge> _judges = ChatJudgeNames.ByName.Values
        .Select(create => create(services)).OfType<ChatJudge>().ToFrozenDictionary(judge => judge.Name, StringComparer.Ordinal);

    public IEnumerable<ChatJudge> All => _judges.Values.OrderBy(judge => judge.Name, StringComparer.Ordinal);

    /// <summary>The judge of a name; null where this replica has none.</summary>
    public ChatJudge? Find(string name) => _judges.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var judge in All)
            await judge.DisposeAsync();
    }
}
