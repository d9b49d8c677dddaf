using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Places;

public sealed class DataOptionsTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public async Task Build_PathsFromOthers_IsRefusedWithWhatToDo(string listen)
    {
        using var authority = new TestCertificateAuthority(_scratch["mesh"]);
        authority.Issue("trainer");

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => BuildAsync(
            ["--Data:TakePaths=true", $"--Mesh:Listen={listen}", .. authority.ToSettings("trainer"),
                .. TestTokenFile.Write(_scratch["tokens.json"], ("0123456789abcdef", "team-a"))]));

        Assert.Contains("Data:TakePaths is true", error.Message, StringComparison.Ordinal);
        Assert.Contains("Data:Roots:{root}:Path", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Data:Roots:x:Path=images", "must be the full path of a folder")]
    [InlineData("Data:Roots:x:Path=/nowhere/at/all", "does not exist")]
    [InlineData("Data:Roots:x:Tenants:0=*", "must be the full path of a folder")]
    [InlineData("Data:Roots:X_Y:Path=/tmp", "the name of a data root")]
    [InlineData("Data:Roots:x:Path=/tmp", "nobody could read it")]
    [InlineData("Data:Roots:x:Tenants:0=Team A", "must be the name of a tenant")]
    public async Task Build_WrongRoot_IsRefusedByItsKey(string setting, string problem)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => BuildAsync("--" + setting));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(setting.Split(':')[2], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_PathsOnLoopbackAndARoot_IsTaken() =>
        await BuildAsync("--Data:TakePaths=true", $"--Data:Roots:x:Path={_scratch.Path}", "--Data:Roots:x:Tenants:0=team-a");

    private static async Task BuildAsync(params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", .. settings], "trainer");
        builder.AddDataPlaces();
        await using var app = builder.BuildMesh();
    }
}
