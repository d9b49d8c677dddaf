using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Vocabulary;
using ProtoEntity = SynCxr.Mesh.Resource.V1.Entity;
using ProtoEntityType = SynCxr.Mesh.Resource.V1.EntityType;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>Entities of a vocabulary as contracts carry them. Types are mapped by name.</summary>
public static class EntityMapping
{
    public static ProtoEntity ToProto(Entity entity) => new()
    {
        Id = entity.Id,
        Term = entity.Term,
        Type = EnumMapping.ToSameName<ProtoEntityType>(entity.Type),
        Concept = entity.Concept,
        Group = entity.Group,
        Excludes = { entity.Excludes },
        Synonyms = { entity.Synonyms },
    };

    /// <summary>Null for a type that is not given, or that this build does not know.</summary>
    public static EntityType? ToVocabulary(ProtoEntityType type) =>
        Enum.TryParse<EntityType>(type.ToString(), out var known) && Enum.IsDefined(known) ? known : null;
}
