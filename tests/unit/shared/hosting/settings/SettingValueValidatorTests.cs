using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Settings;

/// <summary>A setting whose value has the wrong type or range is named with its value and what it may be, in words without .NET.</summary>
public sealed class SettingValueValidatorTests
{
    [Theory]
    [InlineData("--Mesh:OtlpEndpoint=foo", "Mesh:OtlpEndpoint: 'foo' is not an address of the form http://host:port")]
    [InlineData("--Mesh:OtlpEndpoint=ftp://host:1", "Mesh:OtlpEndpoint: 'ftp://host:1' is not an address of the form http://host:port")]
    [InlineData("--Mesh:OtlpEndpoint=localhost:4317",
        "Mesh:OtlpEndpoint: 'localhost:4317' is not an address of the form http://host:port")]
    [InlineData("--Mesh:Port=70000", "Mesh:Port: '70000' is not a whole number from 0 to 65535")]
    [InlineData("--Mesh:JsonPort=abc", "Mesh:JsonPort: 'abc' is not a whole number from 0 to 65535")]
    [InlineData("--Mesh:MaxCalls=", "Mesh:MaxCalls: '' is not a whole number from 1 to 100000")]
    [InlineData("--Mesh:CallAttempts=1.5", "Mesh:CallAttempts: '1.5' is not a whole number from 1 to 5")]
    [InlineData("--Mesh:DrainLimit=soon", "Mesh:DrainLimit: 'soon' is not a time from 00:00:00 to 00:10:00, written as hh:mm:ss")]
    [InlineData("--Mesh:DrainDelay=-00:00:01",
        "Mesh:DrainDelay: '-00:00:01' is not a time from 00:00:00 to 00:01:00, written as hh:mm:ss")]
    [InlineData("--Mesh:Listen=", "Mesh:Listen: is empty")]
    [InlineData("--Mesh:PeersFile=/", "Mesh:PeersFile: '/' is a folder")]
    [InlineData("--Mesh:PeersFile=/etc/passwd", "Mesh:PeersFile: The file '/etc/passwd' can't be read as JSON")]
    [InlineData("--Mesh:AllowedHosts=example.org", "Mesh:AllowedHosts: is a list")]
    [InlineData("--Mesh:TenantWeights=2", "Mesh:TenantWeights: has several entries")]
    public void BuildMesh_ValueThatCanNotBeUsed_IsOneLineThatNamesIt(string argument, string said)
    {
        var error = Record.Exception(() => MeshHost.CreateBuilder([argument], "report").BuildMesh());

        Assert.NotNull(error);
        var line = SettingErrorFormatter.TryDescribe(error);
        Assert.StartsWith(said, line, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Options", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Mesh:OtlpEndpoint=http://127.0.0.1:1")]
    [InlineData("--Mesh:OtlpEndpoint=")]
    [InlineData("--Mesh:DrainLimit=00:00:07.5")]
    [InlineData("--Mesh:Port=0")]
    public void BuildMesh_ValueInRange_Builds(string argument)
    {
        using var app = MeshHost.CreateBuilder([argument], "report").BuildMesh();
    }

    [Fact]
    public void FindProblem_FolderBelowAFile_IsNamed()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["file"], "");

        Assert.Contains("is a file", WritableFolderProbe.FindProblem(Path.Combine(scratch["file"], "below")), StringComparison.Ordinal);
        Assert.Contains("can't be written", WritableFolderProbe.FindProblem("/proc/x"), StringComparison.Ordinal);
        Assert.Null(WritableFolderProbe.FindProblem(Path.Combine(scratch["new"], "below")));
        Assert.False(Directory.Exists(scratch["new"]));
    }
}
