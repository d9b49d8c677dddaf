using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>A balancer over TLS that asks who calls, and <c>syncxr</c> with what it needs for it.</summary>
public sealed class SecureMeshTests
{
    private const string Token = "a-token/of=the:viewer";

    [Fact]
    public async Task Command_WithTokenAndAuthority_IsServedAndNoOtherIs()
    {
        using var scratch = new ScratchFolder();
        using var authority = new TestCertificateAuthority(scratch["mesh"]);
        using var stranger = new TestCertificateAuthority(scratch["other"]);
        authority.Issue("balancer");
        await File.WriteAllTextAsync(scratch["token"], Token + "\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(scratch["wrong"], "a-token-of-nobody-at-all", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(scratch["tokens.json"], $$"""
            {"tokens": [{"name": "viewer", "sha256": "{{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))}}",
              "tenant": "team-a", "roles": ["read"], "expires": "2100-01-01"}]}
            """, TestContext.Current.CancellationToken);
        var (port, operations) = (TestPort.Reserve(), TestPort.Reserve());
        string Set(string setting, int value) => string.Create(CultureInfo.InvariantCulture, $"--Mesh:{setting}={value}");
        await using var balancer = SyncxrProcess.StartService("Balancer",
            [Set("Port", port), Set("JsonPort", TestPort.Reserve()), Set("OperationsPort", operations), "--Mesh:Authentication=token",
                $"--Mesh:TokenFile={scratch["tokens.json"]}", .. authority.ToSettings("balancer"),
                $"--Balancer:StateFolder={scratch["state"]}", $"--Storage:Root={scratch["state"]}"]);
        await balancer.WaitUntilReadyAsync(operations);
        string[] list = ["dataset", "list", "--mesh", string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}")];

        var (code, _, error) = await SyncxrProcess.RunAsync([.. list, "--ca-file", authority.CaFile, "--token-file", scratch["token"]]);
        var (noToken, _, noTokenSaid) = await SyncxrProcess.RunAsync([.. list, "--ca-file", authority.CaFile]);
        var (wrong, _, wrongSaid) = await SyncxrProcess.RunAsync(
            [.. list, "--ca-file", authority.CaFile, "--token-file", scratch["wrong"]]);
        var (untrusted, _, untrustedSaid) = await SyncxrProcess.RunAsync(
            [.. list, "--ca-file", stranger.CaFile, "--token-file", scratch["token"]]);

        Assert.True(code == 0, error);
        Assert.Equal((2, 2, 4), (noToken, wrong, untrusted));
        Assert.Contains("UNAUTHENTICATED", noTokenSaid, StringComparison.Ordinal);
        Assert.Contains("UNAUTHENTICATED", wrongSaid, StringComparison.Ordinal);
        Assert.Contains("offers no TLS connection that this machine accepts", untrustedSaid, StringComparison.Ordinal);
    }
}
