using System.Text;
using Google.Protobuf.Collections;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report;

/// <summary>Contract to domain, with the checks that only the contract needs; every refusal names its field.</summary>
internal static class ReportRequestMapping
{
    private const int MaxGlossaryEntries = 65536;
    private const int MaxTextBytes = 64 * 1024;
    private const int MaxWordingLength = 200;

    public static ReportRequest ToRequest(ReportSpec? spec, ReportOptions options)
    {
        if (spec is null)
            throw MeshException.Invalid("spec", "must be given");
        if (spec.Entities.Count is 0 or > ReportRequestValidator.MaxEntities)
            throw MeshException.Invalid("spec.entities", $"1 to {ReportRequestValidator.MaxEntities} wanted, {spec.Entities.Count} given");
        if (spec.Model.Length > 0 && !ReportWriterNames.ByName.ContainsKey(spec.Model))
            throw MeshException.Invalid("spec.model", $"no writer of the name '{Shorten(spec.Model)}' is here; ListModels has the names");
        var glossary = ToGlossary(spec.Glossary, "spec.glossary");
        var known = glossary.ToDictionary(e => e.Id, StringComparer.Ordinal);
        return new ReportRequest
        {
            Entities = [
                .. spec.Entities.Select((id, i) => known.TryGetValue(id, out var own) || EntityVocabulary.Shipped.TryGet(id, out own)
                ? own : throw MeshException.Invalid($"spec.entities[{i}]",
                    $"'{Shorten(id)}' is neither in the shipped vocabulary nor in the glossary"))],
            Glossary = glossary,
            Seed = spec.Seed,
            MaxAttempts = spec.HasMaxAttempts ? spec.MaxAttempts : options.MaxAttempts,
            Impression = spec.Impression switch
            {
                V1.ImpressionStyle.Unspecified or V1.ImpressionStyle.Salient => Writing.ImpressionStyle.Salient,
                V1.ImpressionStyle.All => Writing.ImpressionStyle.All,
                _ => throw MeshException.Invalid("spec.impression", $"{(int)spec.Impression} is no value of ImpressionStyle"),
            },
            Matching = spec.Matching switch
            {
                V1.Matching.Unspecified or V1.Matching.Strict => Writing.MatchingMode.Strict,
                V1.Matching.Lenient => Writing.MatchingMode.Lenient,
                _ => throw MeshException.Invalid("spec.matching", $"{(int)spec.Matching} is no value of Matching"),
            },
        };
    }

    public static IReadOnlyList<Entity> ToGlossary(RepeatedField<Resource.V1.Entity> glossary, string field)
    {
        if (glossary.Count > MaxGlossaryEntries)
            throw MeshException.Invalid(field, $"at most {MaxGlossaryEntries} wanted, {glossary.Count} given");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var entities = new List<Entity>(glossary.Count);
        for (var i = 0; i < glossary.Count; i++)
        {
            var (entity, at) = (glossary[i], $"{field}[{i}]");
            if (entity.Id.Length is 0 or > MaxWordingLength || !ids.Add(entity.Id))
                throw MeshException.Invalid($"{at}.id",
                    entity.Id.Length == 0 ? "must not be empty" : $"'{Shorten(entity.Id)}' is too long or stands twice");
            if (entity.Term.Length > MaxWordingLength || Tagging.SentenceTokenizer.NormalizedWords(entity.Term).Length == 0)
                throw MeshException.Invalid($"{at}.term", $"1 to {MaxWordingLength} characters with a letter or digit in them wanted");
            if (entity.Concept.Length is 0 or > MaxWordingLength)
                throw MeshException.Invalid($"{at}.concept", $"1 to {MaxWordingLength} characters wanted");
            if (entity.Synonyms.Any(s => s.Length > MaxWordingLength))
                throw MeshException.Invalid($"{at}.synonyms", $"at most {MaxWordingLength} characters each");
            if (!Enum.IsDefined((EntityType)entity.Type))
                throw MeshException.Invalid($"{at}.type", $"{(int)entity.Type} is none of the five types");
            entities.Add(new Entity(entity.Id, entity.Term, (EntityType)entity.Type, entity.Concept, entity.Group, [.. entity.Excludes],
                [.. entity.Synonyms]));
        }

        return entities;
    }

    public static void CheckText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw MeshException.Invalid("text", "must not be empty");
        if (Encoding.UTF8.GetByteCount(text) is > MaxTextBytes and var bytes)
            throw MeshException.Invalid("text", $"at most {MaxTextBytes} bytes wanted, {bytes} given");
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
