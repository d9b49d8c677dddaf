using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>What one wording means: a concept with its present and its negated entity, a normal statement, or a place.</summary>
internal sealed class WordSense
{
    public required string Concept { get; init; }

    public Entity? Present { get; set; }

    public Entity? Negated { get; set; }

    public Entity? Anatomy { get; set; }

    /// <summary>True when the wording itself calls something normal: <c>clear lungs</c>.</summary>
    public bool IsNormalStatement => Present is null && Negated is { IsNormalStatement: true };
}

/// <summary>Finds the wordings of a list of entities in a text.</summary>
internal sealed class EntityLexicon
{
    private readonly PhraseIndex<WordSense> _findings = new();
    private readonly PhraseIndex<WordSense> _anatomy = new();

    /// <summary>Indexes terms and synonyms.</summary>
    /// <param name="entities">Where two concepts share a wording, the earlier entity keeps it.</param>
    public EntityLexicon(IEnumerable<Entity> entities)
    {
        var all = entities.ToList();
        foreach (var entity in all)
            Add(entity, [entity.Term]);
        foreach (var entity in all)
            Add(entity, entity.Synonyms);
    }

    /// <summary>The longest finding or normal statement at a position.</summary>
    public bool TryFinding(ReadOnlySpan<ReportToken> tokens, int position, out WordSense sense, out int end, out int words) =>
        _findings.TryMatch(tokens, position, out sense, out end, out words);

    /// <summary>The longest place at a position.</summary>
    public bool TryAnatomy(ReadOnlySpan<ReportToken> tokens, int position, out WordSense sense, out int end, out int words) =>
        _anatomy.TryMatch(tokens, position, out sense, out end, out words);

    private void Add(Entity entity, IEnumerable<string> wordings)
    {
        foreach (var wording in wordings)
        {
            var index = entity.Type == EntityType.Anatomy ? _anatomy : _findings;
            var sense = index.GetOrAdd(wording, () => new WordSense { Concept = entity.Concept });
            if (sense.Concept != entity.Concept)
                continue;
            if (entity.Type == EntityType.Anatomy)
                sense.Anatomy ??= entity;
            else if (entity.IsNegative)
                sense.Negated ??= entity;
            else
                sense.Present ??= entity;
        }
    }
}
