using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

public sealed class MeshOptionsTests
{
    [Theory]
    [InlineData("--Mesh:Listen=0.0.0.0", "'none' is allowed on loopback only")]
    [InlineData("--Mesh:Listen=0.0.0.0", "tokens travel in clear text on loopback only")]
    [InlineData("--Oidc:Issuer=https://issuer.example.org", "Oidc:Audience is not given")]
    [InlineData("--Oidc:Issuer=http://issuer.example.org", "must be an https address")]
    [InlineData("--Tls:ClientCertificates=perhaps", "it must be one of none, optional, required")]
    [InlineData("--Mesh:Authentication=nobody", "it must be one of none, token")]
    [InlineData("--Mesh:Authentication=token", "neither Mesh:TokenFile nor Oidc:Issuer is given: no caller could be accepted")]
    [InlineData("--Mesh:Listen=localhost.example", "must be an IP address")]
    [InlineData("--Mesh:CallAttempts=9", "CallAttempts")]
    [InlineData("--Mesh:Bus=pigeon", "it must be one of")]
    public void Validate_UnsafeSetting_DoesNotStart(string setting, string problem)
    {
        var error = Assert.Throws<OptionsValidationException>(() => MeshHost.CreateBuilder([setting], "report").BuildMesh());

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_BrokerWithoutUser_NamesTheMissingSettings()
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Bus=rabbitmq", "--RabbitMq:Host=broker"], "balancer");
        builder.AddMeshBus(_ => { });

        var error = Assert.Throws<OptionsValidationException>(() => builder.BuildMesh());

        Assert.Contains("RabbitMq:User is not given", error.Message, StringComparison.Ordinal);
        Assert.Contains("RabbitMq:Password is not given", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Nonsense:Key=1", "Nonsense:Key")]
    [InlineData("--Mesh:Lisen=127.0.0.1", "Mesh:Listen")]
    [InlineData("--Mesh:Port:Deep=1", "Mesh:Port:Deep")]
    [InlineData("--Peers:reprot=http://127.0.0.1:1", "Peers:report")]
    [InlineData("--mesh=1", "mesh")]
    public void BuildMesh_UnknownKey_IsNamedWithTheNearestKnown(string setting, string named)
    {
        var error = Assert.Throws<Errors.MeshException>(() => MeshHost.CreateBuilder([setting], "report").BuildMesh());

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Logging:LogLevel:Default=None")]
    [InlineData("--urls=http://127.0.0.1:0")]
    [InlineData("--MESH:callattempts=2")]
    [InlineData("--Peers:report-json=http://127.0.0.1:1")]
    public void BuildMesh_KnownKey_Builds(string setting)
    {
        using var app = MeshHost.CreateBuilder([setting], "report").BuildMesh();
    }
}
