using System.Text;
using Google.Protobuf.Collections;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report;

/// <summary>Maps requests to the domain and checks what only the contract allows to be wrong; each error names its field.</summary>
internal static class ReportRequestMapping
{
    private const int MaxGlossaryEntries = 65536;
    private const int MaxTextBytes = 64 * 1024;
    private const int MaxTexts = 64;
    private const int MaxWordingLength = 200;

    public static ReportRequest ToRequest(ReportSpec? spec, ReportOptions options)
    {
        if (spec is null)
            throw MeshException.Invalid("spec", "A spec must be given.");
        if (spec.Entities.Count is 0 or > ReportRequestValidator.MaxEntities)
            throw MeshException.Invalid("spec.entities",
                $"Give 1 to {ReportRequestValidator.MaxEntities} entities, not {spec.Entities.Count}.");
        if (spec.Model.Length > 0 && !ReportWriterNames.ByName.ContainsKey(spec.Model))
            throw MeshException.Invalid("spec.model",
                $"Unknown writer '{EchoedText.Shorten(spec.Model)}'. ListModels lists the writers of this service.");
        CheckNames(spec.Checks);
        var glossary = ToGlossary(spec.Glossary, "spec.glossary");
        var glossaryById = glossary.ToDictionary(e => e.Id, StringComparer.Ordinal);
        return new ReportRequest
        {
            Entities = [.. spec.Entities.Select((id, i) => FindEntity(id, glossaryById, $"spec.entities[{i}]"))],
            Glossary = glossary,
            Seed = spec.Seed,
            MaxAttempts = spec.HasMaxAttempts ? spec.MaxAttempts : options.MaxAttempts,
            Impression = spec.Impression switch
            {
                V1.ImpressionStyle.Unspecified or V1.ImpressionStyle.Salient => Writing.ImpressionStyle.Salient,
                V1.ImpressionStyle.All => Writing.ImpressionStyle.All,
                _ => throw MeshException.Invalid("spec.impression", $"ImpressionStyle has no value {(int)spec.Impression}."),
            },
            Matching = spec.Matching switch
            {
                V1.Matching.Unspecified or V1.Matching.Strict => Writing.MatchingMode.Strict,
                V1.Matching.Lenient => Writing.MatchingMode.Lenient,
                _ => throw MeshException.Invalid("spec.matching", $"Matching has no value {(int)spec.Matching}."),
            },
        };
    }

    public static IReadOnlyList<Entity> ToGlossary(RepeatedField<Resource.V1.Entity> glossary, string field)
    {
        if (glossary.Count > MaxGlossaryEntries)
            throw MeshException.Invalid(field, $"Give at most {MaxGlossaryEntries} entities, not {glossary.Count}.");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var entities = new List<Entity>(glossary.Count);
        for (var i = 0; i < glossary.Count; i++)
        {
            var entity = glossary[i];
            var path = $"{field}[{i}]";
            if (entity.Id.Length is 0 or > MaxWordingLength || !ids.Add(entity.Id))
            {
                throw MeshException.Invalid($"{path}.id", entity.Id.Length == 0
                    ? "An entity must have an id."
                    : $"'{EchoedText.Shorten(entity.Id)}' has more than {MaxWordingLength} characters or is the id of an earlier entity "
                        + $"too.");
            }
            if (entity.Term.Length > MaxWordingLength || Tagging.SentenceTokenizer.NormalizedWords(entity.Term).Length == 0)
                throw MeshException.Invalid($"{path}.term",
                    $"A term must have 1 to {MaxWordingLength} characters, a letter or digit among them.");
            if (entity.Concept.Length is 0 or > MaxWordingLength)
                throw MeshException.Invalid($"{path}.concept", $"A concept must have 1 to {MaxWordingLength} characters.");
            if (entity.Synonyms.Any(s => s.Length > MaxWordingLength))
                throw MeshException.Invalid($"{path}.synonyms", $"A synonym must have at most {MaxWordingLength} characters.");
            entities.Add(new Entity(entity.Id, entity.Term, ToEntityType(entity.Type, $"{path}.type"), entity.Concept, entity.Group,
                [.. entity.Excludes], [.. entity.Synonyms]));
        }

        return entities;
    }

    /// <summary>The texts and pairs of a request for vectors; an empty text is one too.</summary>
    public static IReadOnlyList<(string Text, string? Second)> ToTexts(RepeatedField<EncodedText> texts)
    {
        if (texts.Count is 0 or > MaxTexts)
            throw MeshException.Invalid("texts", $"Send 1 to {MaxTexts} texts, not {texts.Count}.");
        for (var i = 0; i < texts.Count; i++)
        {
            CheckSize(texts[i].Text, $"texts[{i}].text");
            CheckSize(texts[i].Second, $"texts[{i}].second");
        }
        return [.. texts.Select(text => (text.Text, text.Second.Length > 0 ? text.Second : null))];
    }

    public static void CheckText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw MeshException.Invalid("text", "The text must not be empty.");
        CheckSize(text, "text");
    }

    private static void CheckSize(string text, string field)
    {
        if (Encoding.UTF8.GetByteCount(text) is > MaxTextBytes and var bytes)
            throw MeshException.Invalid(field, $"The text must have at most {MaxTextBytes} bytes, not {bytes}.");
    }

    private static void CheckNames(RepeatedField<string> checks)
    {
        for (var i = 0; i < checks.Count; i++)
        {
            if (!EntityCheckNames.ByName.ContainsKey(checks[i]))
                throw MeshException.Invalid($"spec.checks[{i}]",
                    $"Unknown check '{EchoedText.Shorten(checks[i])}'. It must be one of "
                        + $"{string.Join(", ", EntityCheckNames.All.Order())}.");
            if (checks.IndexOf(checks[i]) < i)
                throw MeshException.Invalid($"spec.checks[{i}]", $"The check '{checks[i]}' is named twice.");
        }
    }

    /// <summary>
    /// Refuses a text of which the labels would say nothing true: an empty one, one without a statement, one that is not English.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD.</exception>
    public static void CheckReport(string text)
    {
        CheckText(text);
        if (UnreadableReport.Find(ReportSectioniser.Split(text)) is { } problem)
            throw MeshException.Invalid("text", problem);
    }

    private static Entity FindEntity(string id, Dictionary<string, Entity> glossary, string field) =>
        glossary.TryGetValue(id, out var entity) || EntityVocabulary.Shipped.TryGet(id, out entity)
            ? entity
            : throw MeshException.Invalid(field, $"'{EchoedText.Shorten(id)}' is neither in the shipped vocabulary nor in the glossary.");

    private static EntityType ToEntityType(Resource.V1.EntityType type, string field) => type switch
    {
        Resource.V1.EntityType.Anatomy => EntityType.Anatomy,
        Resource.V1.EntityType.Abnormality => EntityType.Abnormality,
        Resource.V1.EntityType.NonAbnormality => EntityType.NonAbnormality,
        Resource.V1.EntityType.Disease => EntityType.Disease,
        Resource.V1.EntityType.NonDisease => EntityType.NonDisease,
        _ => throw MeshException.Invalid(field, $"An entity must have one of the five types, not {(int)type}."),
    };
}
