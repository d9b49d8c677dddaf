using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Settings;

/// <summary>Every argument of a service is a setting with a value; what is not is refused instead of ignored.</summary>
public sealed class CommandLineKeyValidatorTests
{
    [Theory]
    [InlineData("Unknown argument 'foo'", "foo")]
    [InlineData("Unknown argument '-p'", "-p", "1")]
    [InlineData("Unknown argument '/Mesh:Port=0'", "/Mesh:Port=0")]
    [InlineData("Unknown argument '--nope'", "--nope")]
    [InlineData("Unknown argument '--=1'", "--=1")]
    [InlineData("Unknown argument ''", "")]
    [InlineData("Mesh:Port: has no value", "--Mesh:Port")]
    [InlineData("Mesh:Port: has no value", "--Mesh:Port", "--Mesh:JsonPort=0")]
    public void BuildMesh_ArgumentThatIsNoSetting_IsRefused(string said, params string[] arguments)
    {
        var error = Assert.Throws<MeshException>(() => MeshHost.CreateBuilder(arguments, "report").BuildMesh());

        Assert.StartsWith(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Mesh:Port", "0")]
    [InlineData("--environment", "Production", "--Mesh:Port=0")]
    public void BuildMesh_ValueAsTheNextArgument_Builds(params string[] arguments)
    {
        using var app = MeshHost.CreateBuilder(arguments, "report").BuildMesh();
    }

    [Theory]
    [InlineData("--Nope:X=1", false)]
    [InlineData("--health=1", false)]
    [InlineData("--Mesh:Prot=1", true)]
    [InlineData("--Msh:Port=1", true)]
    public void BuildMesh_UnknownKey_SuggestsOnlyANearOne(string argument, bool suggests)
    {
        var error = Assert.Throws<MeshException>(() => MeshHost.CreateBuilder([argument], "report").BuildMesh());

        Assert.Equal(suggests, error.Message.Contains("Did you mean 'Mesh:Port'?", StringComparison.Ordinal));
        Assert.Equal(suggests, error.Message.Contains("Did you mean", StringComparison.Ordinal));
    }
}
