using System.Text;
using SynCxr.Mesh.Hosting.Identity;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Identity;

public sealed class TokenFileReaderTests
{
    private const string Secret = "a-secret=of+16/chars";

    [Theory]
    [InlineData(Secret)]
    [InlineData("!\\\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")]
    public void Parse_AnyCharacterOfAHeader_IsTaken(string json)
    {
        var token = Assert.Single(TokenFileReader.Parse(Encoding.UTF8.GetBytes(Write(value: json))));

        Assert.Equal(StaticToken.ToDigest(json.Replace("\\\"", "\"", StringComparison.Ordinal)), token.Digest);
        Assert.Equal(("viewer", "team-a"), (token.Name, token.Tenant));
        Assert.Equal([RoleNames.Read], token.Roles);
    }

    [Fact]
    public void Parse_Digest_StandsForItsToken()
    {
        var digest = Convert.ToHexString(StaticToken.ToDigest(Secret));

        var token = Assert.Single(TokenFileReader.Parse(Encoding.UTF8.GetBytes(Write(value: digest, kind: "sha256"))));

        Assert.Equal(StaticToken.ToDigest(Secret), token.Digest);
    }

    [Theory]
    [InlineData("token", "a-secret with a space", "team-a", "read", "2030-01-01", "line 3 (token 'viewer'): 'token' has a space")]
    [InlineData("token", "a-secret-ä-secret", "team-a", "read", "2030-01-01", "beyond ASCII")]
    [InlineData("token", "a-short-secret", "team-a", "read", "2030-01-01", "'token' has 14 characters; it must have at least 16")]
    [InlineData("sha256", "a-secret-that-is-no-digest", "team-a", "read", "2030-01-01", "'sha256' must have 64")]
    [InlineData("secret", Secret, "team-a", "read", "2030-01-01", "'secret' is unknown")]
    [InlineData("token", Secret, "../team", "read", "2030-01-01", "'tenant' must have 1 to 63")]
    [InlineData("token", Secret, "*", "read", "2030-01-01", "'tenant' must have 1 to 63")]
    [InlineData("token", Secret, "team-a", "root", "2030-01-01", "a role must be one of read, generate, train, operate")]
    [InlineData("token", Secret, "team-a", "read", "soon", "'expires' must be a time")]
    public void Parse_WhatCannotBeUsed_IsNamedWithoutTheValue(
        string kind, string value, string tenant, string role, string expires, string problem)
    {
        var error = Assert.Throws<InvalidDataException>(
            () => TokenFileReader.Parse(Encoding.UTF8.GetBytes(Write(value, kind, tenant, role, expires))));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tokens": []}""", "is empty")]
    [InlineData("[]", "must be an object with a list called 'tokens'")]
    [InlineData("{\n\"tokens\": [a-secret", "line 2 is not JSON")]
    [InlineData("""{"tokens": [{"tenant": "team-a"}]}""", "line 1: 'name' is missing")]
    public void Parse_OtherContent_SaysWhatIsWanted(string json, string problem)
    {
        var error = Assert.Throws<InvalidDataException>(() => TokenFileReader.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OneValueTwice_NamesBoth()
    {
        var entry = Write().Split('\n')[2];
        var other = entry.Replace("viewer", "maker", StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(
            () => TokenFileReader.Parse(Encoding.UTF8.GetBytes($$"""{"tokens": [{{entry}}, {{other}}]}""")));

        Assert.Contains("'viewer' and 'maker' have one value", error.Message, StringComparison.Ordinal);
    }

    private static string Write(string value = Secret, string kind = "token", string tenant = "team-a", string role = "read",
        string expires = "2030-01-01T00:00:00Z") =>
        $$"""
        {
        "tokens": [
        {"name": "viewer", "{{kind}}": "{{value}}", "tenant": "{{tenant}}", "roles": ["{{role}}"], "expires": "{{expires}}"}
        ]}
        """;
}
