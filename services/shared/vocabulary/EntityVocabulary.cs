using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Vocabulary;

/// <summary>
/// An ordered list of entities with a digest. The file is tab-separated, one entity a line after a header:
/// <c>id, type, term, concept, group, excludes, synonyms</c>; the last two are lists split by <c>;</c>.
/// </summary>
public sealed partial class EntityVocabulary
{
    private const string Header = "id\ttype\tterm\tconcept\tgroup\texcludes\tsynonyms";
    private readonly FrozenDictionary<string, Entity> _byId;

    public EntityVocabulary(string name, IEnumerable<Entity> entities)
    {
        Name = name;
        Entities = [.. entities];
        _byId = Entities.ToFrozenDictionary(e => e.Id, StringComparer.Ordinal);
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToTsv())));
    }

    /// <summary>The name that a data set's spec refers to it by.</summary>
    public string Name { get; }

    /// <summary>Every entity, in file order.</summary>
    public IReadOnlyList<Entity> Entities { get; }

    /// <summary>SHA-256 of the canonical text, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>The vocabulary that ships with the project.</summary>
    public static EntityVocabulary Shipped { get; } = LoadShipped();

    /// <summary>What a vocabulary of a mesh may be called: 1 to 63 of a-z, 0-9 and "-", starting with a letter.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    public bool TryGet(string id, out Entity entity) => _byId.TryGetValue(id, out entity!);

    /// <summary>Reads the tab-separated form.</summary>
    /// <exception cref="FormatException">Names the line and the column that is wrong.</exception>
    public static EntityVocabulary Parse(string name, TextReader text)
    {
        var header = text.ReadLine();
        if (header != Header)
            throw new FormatException($"line 1: the header must read '{Header.Replace('\t', ' ')}'");
        var entities = new List<Entity>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var number = 2; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var entity = ParseLine(line, number);
            if (!ids.Add(entity.Id))
                throw new FormatException($"line {number}: the id stands in a line before it too");
            entities.Add(entity);
        }

        return new EntityVocabulary(name, entities);
    }

    /// <summary>The canonical tab-separated form; its SHA-256 is <see cref="Digest"/>.</summary>
    public string ToTsv()
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var e in Entities)
            text.AppendJoin('\t', e.Id, TypeName(e.Type), e.Term, e.Concept, e.Group, string.Join(';', e.Excludes),
                string.Join(';', e.Synonyms)).Append('\n');
        return text.ToString();
    }

    /// <summary>The type as files and contracts spell it: <c>NON_ABNORMALITY</c>.</summary>
    public static string TypeName(EntityType type) => type switch
    {
        EntityType.Abnormality => "ABNORMALITY",
        EntityType.NonAbnormality => "NON_ABNORMALITY",
        EntityType.Disease => "DISEASE",
        EntityType.NonDisease => "NON_DISEASE",
        EntityType.Anatomy => "ANATOMY",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an entity type"),
    };

    private static Entity ParseLine(string line, int number)
    {
        var cells = line.Split('\t');
        if (cells.Length != 7)
            throw new FormatException($"line {number}: 7 columns wanted, {cells.Length} found");
        var type = Enum.GetValues<EntityType>().Cast<EntityType?>().FirstOrDefault(t => TypeName(t!.Value) == cells[1])
            ?? throw new FormatException($"line {number}: the type is none of the five");
        if (cells[0].Length == 0 || cells[2].Length == 0 || cells[3].Length == 0)
            throw new FormatException($"line {number}: id, term and concept must not be empty");
        return new Entity(cells[0], cells[2], type, cells[3], cells[4], List(cells[5]), List(cells[6]));
    }

    private static string[] List(string cell) => cell.Length == 0 ? [] : cell.Split(';');

    private static EntityVocabulary LoadShipped()
    {
        using var stream = typeof(EntityVocabulary).Assembly.GetManifestResourceStream("SynCxr.Mesh.Vocabulary.chest-xray.tsv")
            ?? throw new InvalidOperationException("the shipped vocabulary is not in the assembly");
        using var text = new StreamReader(stream);
        return Parse("chest-xray", text);
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,62}\z")]
    private static partial Regex NamePattern();
}
