namespace SynCxr.Mesh.Testkit.Identity;

/// <summary>Writes the file that <c>Mesh:TokenFile</c> names.</summary>
public static class TestTokenFile
{
    /// <param name="path">The file.</param>
    /// <param name="tokens">Each with the tenant that it acts for, in every role.</param>
    /// <returns>The settings of a process that takes these tokens and no others.</returns>
    public static string[] Write(string path, params IEnumerable<(string Token, string Tenant)> tokens)
    {
        var entries = tokens.Select((t, i) => $$"""
            {"name": "{{i}}", "token": "{{t.Token}}", "tenant": "{{t.Tenant}}", "roles": ["read", "generate", "train"],
             "expires": "2100-01-01"}
            """);
        File.WriteAllText(path, $$"""{"tokens": [{{string.Join(",\n", entries)}}]}""");
        return ["--Mesh:Authentication=token", $"--Mesh:TokenFile={path}"];
    }
}
