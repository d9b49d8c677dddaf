using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>A manifest that matches its own hash but has anything else in one of its members.</summary>
public sealed class ManifestSchemaTests
{
    private static readonly string[] _values = ["null", "{}", "[]", "true", "\"c4nary\"", "-1", "0.5", "1e+300"];

    /// <summary>Members that any number may stand in, or null.</summary>
    private static readonly string[] _numbers = ["guidance", "usage_ratio", "depicted_share", "min", "median", "max", "normalized_entropy"];

    /// <summary>Members of free words.</summary>
    private static readonly string[] _texts =
        [
            "vocabulary", "depicted_digest", "scheduler", "name", "version", "digest", "engine", "kind", "model", "fingerprint", "licence",
            "source",
        ];

    private static readonly HashSet<string> _mayLack = ["digital_source_type", "labeler", "licence", "attribution", "trained_on"];

    [Fact]
    public void Parse_Original_IsRead() =>
        Assert.Equal(SealedSetFixture.Root, Parse(ManifestForger.ReadOriginal()).Root);

    [Fact]
    public void Parse_MemberAbsent_NamesIt()
    {
        var needed = FindPaths(ManifestForger.ReadOriginal(), "").Where(p =>
            !p.EndsWith(']') && !p.Contains(":is_") && !_mayLack.Contains(p.Split('.')[^1]));
        foreach (var path in needed)
        {
            var json = ManifestForger.ReadOriginal();
            var (parent, name) = Find(json, path);
            parent.AsObject().Remove(name);

            Assert.Equal($"manifest.json has no member '{path}'", ReadProblem(json));
        }
    }

    [Fact]
    public void Parse_AnotherValueInAMember_NamesIt()
    {
        var tried = 0;
        foreach (var path in FindPaths(ManifestForger.ReadOriginal(), ""))
        {
            foreach (var value in _values.Where(v => !IsLegal(path, v)))
            {
                var json = ManifestForger.ReadOriginal();
                var (parent, name) = Find(json, path);
                if (parent is JsonArray items)
                    items[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
                else
                    parent[name] = JsonNode.Parse(value);

                var problem = ReadProblem(json);

                Assert.True(problem.StartsWith("manifest.json ", StringComparison.Ordinal)
                    && problem.Contains(value == "{}" ? path : $"'{path}'", StringComparison.Ordinal)
                    && !problem.Contains("c4nary", StringComparison.Ordinal), $"{path} = {value}: {problem}");
                tried++;
            }
        }

        Assert.InRange(tried, 600, 1500);
    }

    [Theory]
    [InlineData("", "was changed: it is not JSON from line 1, byte 1 on")]
    [InlineData("[]", "was changed: it is not a JSON object")]
    [InlineData("null", "was changed: it is not a JSON object")]
    [InlineData("{\"a\":1,\"a\":1}", "was changed: it has a member twice")]
    [InlineData("{\"a\":1e999}", "was changed: it is not canonical JSON")]
    [InlineData("{\"a\":99999999999999999999}", "was changed: it is not canonical JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "was changed: it is not canonical JSON")]
    [InlineData("{}", "has no text in '~sha256', where its own SHA-256 must stand")]
    [InlineData("{\"~sha256\":7}", "has no text in '~sha256', where its own SHA-256 must stand")]
    public void Parse_OtherBytes_SaysWhatTheyAre(string text, string problem)
    {
        var error = Assert.Throws<SealedDatasetException>(() => DatasetManifest.Parse("/set", Encoding.UTF8.GetBytes(text)));

        Assert.Equal("manifest.json " + problem, error.Problem.ToString());
    }

    private static bool IsLegal(string path, string value)
    {
        var name = path.Split('.')[^1].Split('[')[0];
        return name switch
        {
            "native_size" => value == "null",
            "untrained" when path.EndsWith(']') => value[0] == '"',
            "deterministic" or "accept_all" => value == "true",
            "attribution" when path.EndsWith(']') => value[0] == '"',
            "files" or "engines" or "untrained" or "attribution" or "trained_on" => value == "[]",
            "rejected" => value == "{}",
            "path" => value[0] == '"',
            _ when path == "spec.format" || path == "format" => value[0] == '"' && path == "format",
            _ when _numbers.Contains(name) => value[0] is '-' or '0' or '1',
            _ when _texts.Contains(name) => value[0] == '"',
            _ => false,
        };
    }

    private static IEnumerable<string> FindPaths(JsonNode? node, string prefix) => node switch
    {
        JsonObject members => members.SelectMany(m => FindPaths(m.Value, prefix + m.Key + ".").Prepend(prefix + m.Key)),
        JsonArray items => items.SelectMany((item, i) =>
            FindPaths(item, $"{prefix[..^1]}[{i}].").Prepend($"{prefix[..^1]}[{i}]")),
        _ => [],
    };

    /// <summary>The object or array that holds the value of a path, and its name or index there.</summary>
    private static (JsonNode Parent, string Name) Find(JsonNode json, string path)
    {
        var names = path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        var parent = names[..^1].Aggregate(json, (node, name) =>
            (node is JsonArray items ? items[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] : node[name])!);
        return (parent, names[^1]);
    }

    private static string ReadProblem(JsonObject json) => Assert.Throws<SealedDatasetException>(() => Parse(json)).Problem.ToString();

    private static DatasetManifest Parse(JsonObject json) => DatasetManifest.Parse("/set", ManifestForger.Write(json));
}
