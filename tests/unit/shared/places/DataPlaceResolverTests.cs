using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Places;

/// <summary>What names of requests stand for, and what the answers to other names tell: nothing.</summary>
public sealed class DataPlaceResolverTests : IDisposable
{
    private const string Field = "spec.data[0]";
    private readonly ScratchFolder _scratch = new();

    public DataPlaceResolverTests()
    {
        foreach (var root in new[] { "a", "b", "all" })
        {
            Directory.CreateDirectory(_scratch[root + "/in"]);
            File.WriteAllText(_scratch[root + "/in/file"], root);
        }
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("data/a", "a")]
    [InlineData("data/a/in/file", "a/in/file")]
    [InlineData("data/a/in/absent", "a/in/absent")]
    [InlineData("data/a/%2e%2e/x", "a/%2e%2e/x")] // a name like any other
    [InlineData("data/all/in", "all/in")]
    public void Find_NameBelowAReadableRoot_IsItsPlace(string name, string place) =>
        Assert.Equal(_scratch[place], Find("tenant-a", name).Path);

    [Theory]
    [InlineData("data/b/in/file", "data/b/in/absent")] // another tenant's
    [InlineData("data/b", "data/c")]
    [InlineData("data/B/in", "data/A/in")]
    [InlineData("/proc/self/environ", "/proc/self/absent")]
    [InlineData("/etc/passwd", "/etc/absent")]
    [InlineData("data/a/../b/in/file", "data/a/../b/in/absent")]
    [InlineData("data/a/in/../../b/in/file", "data/a/in/../../b/in/absent")]
    [InlineData("data/a/../a/in", "data/a/../a/absent")] // stays below its root, and is no name all the same
    [InlineData("data/../a", "data/../c")]
    [InlineData("data//a", "data//c")]
    [InlineData("data/a//in", "data/a//absent")]
    [InlineData("data/a/./in", "data/a/./absent")]
    [InlineData("data/a/in/", "data/a/absent/")]
    [InlineData("data/", "data/")]
    [InlineData("data", "datb")]
    [InlineData("in/file", "in/absent")]
    [InlineData("%2fetc%2fpasswd", "%2fetc%2fabsent")]
    [InlineData("file:///etc/passwd", "file:///etc/absent")]
    [InlineData("datasets/7f", "datasets/8f")]
    [InlineData("models/x", "models/y")]
    public void Find_AnythingElse_IsRefusedAlikeWhetherItExistsOrNot(string existing, string absent)
    {
        var (one, two) = (Refuse("tenant-a", existing), Refuse("tenant-a", absent));

        Assert.Equal(one.Replace($"'{existing}'", "X", StringComparison.Ordinal),
            two.Replace($"'{absent}'", "X", StringComparison.Ordinal));
        Assert.DoesNotContain(_scratch.Path, one, StringComparison.Ordinal);
        Assert.DoesNotContain("data/b,", one, StringComparison.Ordinal);
    }

    /// <summary>Of another tenant's root and of none, the same is said.</summary>
    [Fact]
    public void Find_ForbiddenRoot_IsAsIfItDidNotExist() => Assert.Equal(
        Refuse("tenant-a", "data/b/in").Replace("data/b/in", "X", StringComparison.Ordinal),
        Refuse("tenant-a", "data/none/in").Replace("data/none/in", "X", StringComparison.Ordinal));

    [Fact]
    public void Find_Refusal_NamesTheRootsOfTheTenant() => Assert.Contains(
        "The data roots that you may read are data/a, data/all.", Refuse("tenant-a", "/images"), StringComparison.Ordinal);

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/absent")]
    [InlineData("../b/in/file")]
    [InlineData("../b/in/absent")]
    public void Find_LinkOutOfTheRoot_IsRefusedAlike(string target)
    {
        File.CreateSymbolicLink(_scratch["a/link"], target);

        Assert.EndsWith("'data/a/link' leads out of its data root by a symbolic link", Refuse("tenant-a", "data/a/link"),
            StringComparison.Ordinal);
        Assert.EndsWith("'data/a/link/x' leads out of its data root by a symbolic link", Refuse("tenant-a", "data/a/link/x"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Find_RootBehindALink_IsFollowed()
    {
        Directory.CreateSymbolicLink(_scratch["mount"], _scratch["a"]);
        var resolver = new DataPlaceResolver(Options.Create(new DataOptions
        {
            Roots = { ["m"] = new DataRootOptions { Path = _scratch["mount"], Tenants = ["*"] } },
        }));

        var place = resolver.Find("data/m/in/file", Field);

        Assert.Equal(_scratch["a/in/file"], place.Path);
        Assert.Equal("data/m/in/file", place.Boundary.Describe(place.Path));
    }

    [Fact]
    public void Find_PathWherePathsAreTaken_IsTakenFromTheLocalTenantOnly()
    {
        var resolver = Create(takePaths: true);

        Assert.Equal("/etc/passwd", resolver.Find("/etc/passwd", Field).Path);
        Assert.True(resolver.Find("/etc/passwd", Field).Boundary.IsOpen);
        using (RequestContext.Enter("tenant-a", "r"))
            Assert.Throws<MeshException>(() => resolver.Find("/etc/passwd", Field));
    }

    [Fact]
    public void Find_LongName_IsShortened() => Assert.InRange(Refuse("tenant-a", new string('n', 70_000)).Length, 1, 500);

    [Fact]
    public void ToProto_Tenant_ListsItsRoots()
    {
        using (RequestContext.Enter("tenant-b", "r"))
        {
            Assert.Equal(["data/all", "data/b"], Create().ToProto().Roots);
            Assert.False(Create(takePaths: true).ToProto().TakesPaths);
        }

        Assert.True(Create(takePaths: true).ToProto().TakesPaths);
    }

    private DataPlaceResolver Create(bool takePaths = false) => new(Options.Create(new DataOptions
    {
        TakePaths = takePaths,
        Roots =
        {
            ["a"] = new DataRootOptions { Path = _scratch["a"], Tenants = ["tenant-a"] },
            ["b"] = new DataRootOptions { Path = _scratch["b"], Tenants = ["tenant-b"] },
            ["all"] = new DataRootOptions { Path = _scratch["all"], Tenants = ["*"] },
        },
    }));

    private DataPlace Find(string tenant, string name)
    {
        using var caller = RequestContext.Enter(tenant, "r");
        return Create().Find(name, Field);
    }

    private string Refuse(string tenant, string name)
    {
        var error = Assert.Throws<MeshException>(() => Find(tenant, name));
        Assert.Equal((ErrorReasons.InvalidField, Field), (error.Reason, Assert.Single(error.Fields).Field));
        return error.Message;
    }
}
