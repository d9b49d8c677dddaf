using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.SealedDatasets.Hub;

/// <summary>
/// The type of a column as Hugging Face's <c>datasets</c> declares it in the head of a README. Without a declaration that library guesses
/// types from the first five pairs.
/// </summary>
public abstract record HubFeature
{
    private HubFeature()
    {
    }

    /// <summary>A value: <c>string</c>, <c>int64</c>, <c>float64</c>, <c>bool</c>, <c>image</c>.</summary>
    public sealed record Value(string Type) : HubFeature;

    /// <summary>A number that stands for one of some names.</summary>
    public sealed record ClassLabel(IReadOnlyList<string> Names) : HubFeature;

    /// <summary>Any number of items.</summary>
    public sealed record List(HubFeature Item) : HubFeature;

    /// <summary>Named members.</summary>
    public sealed record Struct(IReadOnlyList<(string Name, HubFeature Type)> Members) : HubFeature;

    /// <summary>Appends the columns as a YAML list, one line each where a column has no members.</summary>
    /// <param name="indent">Blanks before the dash of each item.</param>
    public static void AppendYaml(StringBuilder yaml, IEnumerable<(string Name, HubFeature Type)> columns, int indent)
    {
        foreach (var (name, type) in columns)
        {
            yaml.Append(' ', indent);
            if (type is Struct or List { Item: Struct })
            {
                var (key, members) = type is Struct inner ? ("struct", inner) : ("list", (Struct)((List)type).Item);
                yaml.Append(CultureInfo.InvariantCulture, $"- name: {name}\n").Append(' ', indent + 2).Append(key).Append(":\n");
                AppendYaml(yaml, members.Members, indent + 2);
            }
            else
            {
                yaml.Append(CultureInfo.InvariantCulture, $"- {{name: {name}, {DescribeLeaf(type)}}}\n");
            }
        }
    }

    /// <summary>The one key that says a type comes first behind the name: the library takes whatever is there for it.</summary>
    private static string DescribeLeaf(HubFeature type) => type switch
    {
        Value value => $"dtype: {value.Type}",
        ClassLabel label => "dtype: {class_label: {names: {"
            + string.Join(", ", label.Names.Index().Select(n => $"'{n.Index}': {n.Item}")) + "}}}",
        List { Item: Value value } => $"list: {value.Type}",
        _ => throw new NotSupportedException("Lists of lists and of labels have no form here: no column needs one."),
    };
}
