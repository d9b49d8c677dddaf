using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Hub;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SynCxr.Mesh.Shared.Tests.Dataset.Hub;

/// <summary>
/// The types that a data set declares to Hugging Face's <c>datasets</c>, read as that library reads them: the first key behind the name
/// says the type.
/// </summary>
public sealed class HubFeatureTests
{
    private static readonly string[] _values = ["string", "int64", "int32", "float64", "bool", "image"];

    [Fact]
    public void AppendYaml_EveryKind_ReadsBackAsTheLibraryReadsIt()
    {
        var yaml = new StringBuilder();
        HubFeature.AppendYaml(yaml,
        [
            ("a", new HubFeature.Value("int64")),
            ("b", new HubFeature.List(new HubFeature.Value("string"))),
            ("c", new HubFeature.ClassLabel(["no", "yes"])),
            ("d", new HubFeature.List(new HubFeature.Struct([("e", new HubFeature.Value("bool"))]))),
            ("f", new HubFeature.Struct([("g", new HubFeature.Struct([("h", new HubFeature.Value("float64"))]))])),
        ], indent: 2);

        Assert.Equal("{a:int64,b:[string],c:<no|yes>,d:[{e:bool}],f:{g:{h:float64}}}", Describe(Parse(yaml.ToString())));
    }

    [Fact]
    public async Task OfShards_EveryPairOfASealedSet_HasNoMemberThatTheTypesLack()
    {
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);
        var type = HubFeatures.OfShards(false, false, null).Single(c => c.Name == "json").Type;

        Assert.All(Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard), pair =>
            AssertFits(JsonNode.Parse(pair.Files.Json), type, "json"));
    }

    [Fact]
    public void CardOfASealedSet_Head_DeclaresThoseTypesAndTheSizesOfItsSplits()
    {
        var head = File.ReadAllText(Path.Combine(SealedSetFixture.Folder, "README.md")).Split("---\n")[1];
        var yaml = new YamlStream();
        yaml.Load(new StringReader(head));
        var info = (YamlMappingNode)((YamlMappingNode)yaml.Documents[0].RootNode)["dataset_info"];
        var expected = new StringBuilder();
        HubFeature.AppendYaml(expected, HubFeatures.OfShards(false, false, null), indent: 0);

        Assert.Equal(Describe(Parse(expected.ToString())), Describe((YamlSequenceNode)info["features"]));
        Assert.Equal("4", (string?)info["splits"][0]["num_examples"]);
        Assert.Equal("train", (string?)info["splits"][0]["name"]);
        Assert.Equal(new DirectoryInfo(Path.Combine(SealedSetFixture.Folder, "data")).EnumerateFiles().Sum(f => f.Length).ToString(),
            (string?)info["splits"][0]["num_bytes"]);
    }

    [Fact]
    public void OfTable_Labels_AreClassLabels() => Assert.Equal(14, HubFeatures.OfTable(PairTableSchema.Instance)
        .Count(c => c.Name.StartsWith("label_", StringComparison.Ordinal) && c.Type is HubFeature.ClassLabel { Names.Count: 4 }));

    private static YamlSequenceNode Parse(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return (YamlSequenceNode)yaml.Documents[0].RootNode;
    }

    private static string Describe(YamlSequenceNode columns) => "{" + string.Join(',', columns.Children.Cast<YamlMappingNode>().Select(c =>
    {
        Assert.Equal("name", (string?)c.Children[0].Key);
        return $"{c.Children[0].Value}:{DescribeType(c.Children[1].Key, c.Children[1].Value)}";
    })) + "}";

    private static string DescribeType(YamlNode key, YamlNode value) => ((string?)key, value) switch
    {
        ("dtype", YamlScalarNode name) when _values.Contains(name.Value) => name.Value!,
        ("dtype", YamlMappingNode label) => $"<{string.Join('|', NamesOf((YamlMappingNode)label["class_label"]["names"]))}>",
        ("list", YamlScalarNode name) when _values.Contains(name.Value) => $"[{name.Value}]",
        ("list", YamlSequenceNode members) => $"[{Describe(members)}]",
        ("struct", YamlSequenceNode members) => Describe(members),
        _ => throw new InvalidOperationException($"'{key}: {value}' is no type of the library"),
    };

    private static IEnumerable<string?> NamesOf(YamlMappingNode names) => names.Children.Index().Select(n =>
    {
        Assert.Equal($"{n.Index}", (string?)n.Item.Key);
        return (string?)n.Item.Value;
    });

    private static void AssertFits(JsonNode? json, HubFeature type, string path)
    {
        switch (type)
        {
            case HubFeature.Struct { Members: var members }:
                foreach (var (name, value) in Assert.IsType<JsonObject>(json))
                {
                    var member = members.FirstOrDefault(m => m.Name == name);
                    Assert.True(member.Type is not null, $"{path}.{name} is in the JSON, and the declared types lack it");
                    AssertFits(value, member.Type, $"{path}.{name}");
                }

                break;
            case HubFeature.List { Item: var item }:
                Assert.All(Assert.IsType<JsonArray>(json), node => AssertFits(node, item, path + "[]"));
                break;
            case HubFeature.ClassLabel { Names: var names }:
                Assert.InRange(json!.GetValue<int>(), 0, names.Count - 1);
                break;
            case HubFeature.Value { Type: var name }:
                var kind = json!.GetValueKind().ToString();
                Assert.True(name switch { "string" => kind == "String", "bool" => kind is "True" or "False", _ => kind == "Number" },
                    $"{path} is a {kind}, declared as {name}");
                break;
        }
    }
}
