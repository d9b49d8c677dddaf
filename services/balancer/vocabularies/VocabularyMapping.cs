using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Vocabularies;

/// <summary>Checks a vocabulary that a client sends. Its words end up in files and prompts, so no control characters.</summary>
internal static class VocabularyMapping
{
    private const int MaxEntities = 500_000;
    private const int MaxText = 200;
    private const int MaxList = 1000;

    /// <exception cref="MeshException">Names the first field that is wrong.</exception>
    public static EntityVocabulary FromRequest(CreateVocabularyRequest request)
    {
        if (!VocabularyStore.IsId(request.VocabularyId))
            throw MeshException.Invalid("vocabulary_id", "must be 1 to 63 of a-z, 0-9 and '-', starting with a letter");
        if (request.Entities.Count is 0 or > MaxEntities)
            throw MeshException.Invalid("entities", $"must be 1 to {MaxEntities}");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var entities = new List<Entity>(request.Entities.Count);
        for (var i = 0; i < request.Entities.Count; i++)
        {
            var given = request.Entities[i];
            var field = $"entities[{i}]";
            CheckText(given.Id, $"{field}.id");
            CheckText(given.Term, $"{field}.term");
            CheckText(given.Concept, $"{field}.concept");
            CheckText(given.Group.Length == 0 ? "general" : given.Group, $"{field}.group");
            CheckList(given.Excludes, $"{field}.excludes");
            CheckList(given.Synonyms, $"{field}.synonyms");
            if (EntityMapping.ToVocabulary(given.Type) is not { } type)
                throw MeshException.Invalid($"{field}.type", "must be one of the five");
            if (!ids.Add(given.Id))
                throw MeshException.Invalid($"{field}.id", $"'{EchoedText.Shorten(given.Id)}' stands twice");
            entities.Add(new Entity(
                given.Id, given.Term, type, given.Concept, given.Group.Length == 0 ? "general" : given.Group,
                [.. given.Excludes], [.. given.Synonyms]));
        }

        if (entities.TrueForAll(e => !e.IsFinding))
            throw MeshException.Invalid("entities", "holds no finding");
        return new EntityVocabulary(request.VocabularyId, entities);
    }

    private static void CheckList(Google.Protobuf.Collections.RepeatedField<string> items, string field)
    {
        if (items.Count > MaxList)
            throw MeshException.Invalid(field, $"must be at most {MaxList}");
        for (var i = 0; i < items.Count; i++)
        {
            CheckText(items[i], $"{field}[{i}]");
            if (items[i].Contains(';', StringComparison.Ordinal))
                throw MeshException.Invalid($"{field}[{i}]", "must not hold ';'");
        }
    }

    private static void CheckText(string text, string field)
    {
        if (text.Length is 0 or > MaxText)
            throw MeshException.Invalid(field, $"must be 1 to {MaxText} characters");
        if (text.Any(char.IsControl) || text[0] == '#')
            throw MeshException.Invalid(field, "must hold no control characters and not start with '#'");
    }
}
