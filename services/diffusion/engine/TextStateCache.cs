using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// The text states of the prompts that were used last: the empty and the negative prompt come with every image. States are shared, so
/// nobody writes into them.
/// </summary>
/// <param name="capacity">Prompts that are kept, 1 or more.</param>
/// <param name="encode">Text states of a prompt that is not kept.</param>
internal sealed class TextStateCache(int capacity, Func<TokenizedPrompt, float[]> encode)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, float[] States)>> _byIds = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, float[] States)> _recent = new(); // the latest first

    public float[] Get(TokenizedPrompt prompt)
    {
        var key = string.Join(' ', prompt.Ids);
        lock (_gate)
        {
            if (_byIds.TryGetValue(key, out var known))
            {
                _recent.Remove(known);
                _recent.AddFirst(known);
                return known.Value.States;
            }
        }
        var states = encode(prompt); // two callers at once may both encode: the states are the same
        lock (_gate)
        {
            if (_byIds.TryGetValue(key, out var other))
                return other.Value.States;
            _byIds[key] = _recent.AddFirst((key, states));
            if (_recent.Count > capacity)
            {
                _byIds.Remove(_recent.Last!.Value.Key);
                _recent.RemoveLast();
            }
        }
        return states;
    }
}
