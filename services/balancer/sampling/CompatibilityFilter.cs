using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>
/// Keeps contradictions (<see cref="Entity.Contradicts"/>) and doubles out of one set: no two entities of one concept,
/// and no present finding beside an entity that excludes it. A set is begun, then added to; a check costs as much as
/// the entity's excludes list is long.
/// </summary>
internal sealed class CompatibilityFilter
{
    private readonly Term[] _terms;
    private readonly int[][] _excludes;
    private readonly Marks[] _marks;
    private int _stamp;

    public CompatibilityFilter(IReadOnlyList<Entity> entities)
    {
        // A place and a finding may share the name of their concept ("heart") without contradicting each other.
        var keys = new Dictionary<(bool Finding, string Concept), int>();
        _terms = new Term[entities.Count];
        for (var e = 0; e < entities.Count; e++)
        {
            var key = (entities[e].IsFinding, entities[e].Concept);
            if (!keys.TryGetValue(key, out var concept))
                keys[key] = concept = keys.Count;
            _terms[e] = new Term(concept, entities[e].IsFinding && !entities[e].IsNegative);
        }

        _excludes = new int[entities.Count][];
        for (var e = 0; e < entities.Count; e++)
        {
            _excludes[e] = !entities[e].IsFinding || entities[e].Excludes.Count == 0 ? [] :
                [.. entities[e].Excludes.Select(c => (true, c)).Where(keys.ContainsKey).Select(k => keys[k])
                    .Where(c => c != _terms[e].Concept).Distinct()];
        }

        _marks = new Marks[keys.Count];
    }

    /// <summary>How many concepts of a list have how many entities.</summary>
    public (int Size, long Concepts)[] ConceptSizes(int[] members)
    {
        var sizes = new int[_marks.Length];
        foreach (var e in members)
            sizes[_terms[e].Concept]++;
        return [.. sizes.Where(s => s > 0).CountBy(s => s).Select(s => (s.Key, (long)s.Value))];
    }

    /// <summary>Starts a set with what is in it already; negative members are empty slots.</summary>
    public void BeginSet(ReadOnlySpan<int> members)
    {
        _stamp++;
        foreach (var e in members)
        {
            if (e >= 0)
                Add(e);
        }
    }

    public void Add(int entity)
    {
        var term = _terms[entity];
        ref var mark = ref _marks[term.Concept];
        mark.Held = _stamp;
        if (term.Present)
            mark.Present = _stamp;
        foreach (var c in _excludes[entity])
            _marks[c].Barred = _stamp;
    }

    public bool Fits(int entity)
    {
        var term = _terms[entity];
        var mark = _marks[term.Concept];
        if (mark.Held == _stamp || (term.Present && mark.Barred == _stamp))
            return false;
        foreach (var c in _excludes[entity])
        {
            if (_marks[c].Present == _stamp)
                return false;
        }

        return true;
    }

    /// <summary>True when the two can't share a set.</summary>
    public bool AreIncompatible(int a, int b) =>
        _terms[a].Concept == _terms[b].Concept
        || (_terms[b].Present && Array.IndexOf(_excludes[a], _terms[b].Concept) >= 0)
        || (_terms[a].Present && Array.IndexOf(_excludes[b], _terms[a].Concept) >= 0);

    private readonly record struct Term(int Concept, bool Present);

    /// <summary>Sets that last held the concept, held it as present, and barred its presence.</summary>
    private struct Marks
    {
        public int Held;
        public int Present;
        public int Barred;
    }
}
