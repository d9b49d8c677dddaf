using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Settings;

/// <summary>A file of tokens or certificates that is none is said at once, with its name.</summary>
public sealed class SettingFileTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Read_WhatIsNoFile_SaysSo()
    {
        using (var large = File.Create(_scratch["large"]))
            large.SetLength(SettingFile.MaxBytes + 1);
        File.CreateSymbolicLink(_scratch["link"], _scratch["large"]);

        Assert.EndsWith("is a pipe or a device", Refuse("/dev/zero"), StringComparison.Ordinal);
        Assert.EndsWith("is a folder", Refuse(_scratch.Path), StringComparison.Ordinal);
        Assert.EndsWith("does not exist", Refuse(_scratch["none"]), StringComparison.Ordinal);
        Assert.EndsWith("has 1048577 bytes; 1048576 are the limit", Refuse(_scratch["large"]), StringComparison.Ordinal);
        Assert.EndsWith("has 1048577 bytes; 1048576 are the limit", Refuse(_scratch["link"]), StringComparison.Ordinal);
    }

    /// <summary>Who gives a token file wants callers to be asked for one.</summary>
    [Theory]
    [InlineData("--Mesh:TokenFile=")]
    [InlineData("--Oidc:Issuer=https://issuer.example/")]
    public void Start_TokensWithoutAuthentication_IsRefused(string setting)
    {
        File.WriteAllText(_scratch["tokens.json"],
            """{"tokens":[{"token":"abcdefghijklmnopqrstuvwxyz012345","tenant":"a","roles":["read"]}]}""");
        var given = setting.EndsWith('=') ? setting + _scratch["tokens.json"] : setting;

        var error = Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() => MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Oidc:Audience=mesh", given], "report").BuildMesh());

        Assert.Contains($"{setting[2..].Split('=')[0]} is given and Mesh:Authentication is 'none'", error.Message,
            StringComparison.Ordinal);
    }

    private static string Refuse(string path) => Assert.Throws<IOException>(() => SettingFile.ReadAllBytes(path)).Message;
}
