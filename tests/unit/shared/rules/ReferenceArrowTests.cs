using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>Which project may reference which: the rooms of services/README.md, held by the project files.</summary>
public sealed class ReferenceArrowTests
{
    private const string Contracts = "protos";

    private static readonly string[] _services =
        ["services/balancer", "services/report", "services/diffusion", "services/curation", "services/trainer", "services/evaluator"];

    /// <summary>The shared rooms that every service may enter.</summary>
    private static readonly string[] _serviceRooms =
        ["hosting", "overload", "database", "jobs", "objects", "imaging", "provenance", "models", "dataset", "radiographs", "places",
            "vocabulary", "chat"];

    /// <summary>What a shared room may build on, besides the contracts: a room stands above those that it names.</summary>
    private static readonly Dictionary<string, string[]> _sharedArrows = new()
    {
        ["overload"] = [],
        ["vocabulary"] = [],
        ["hosting"] = ["overload"],
        ["database"] = ["hosting"],
        ["jobs"] = ["hosting", "database"],
        ["objects"] = ["hosting"],
        ["imaging"] = [],
        ["models"] = [],
        ["provenance"] = ["imaging"],
        ["dataset"] = ["objects", "imaging", "provenance", "vocabulary"],
        ["radiographs"] = ["hosting", "imaging", "dataset", "vocabulary"],
        ["places"] = ["hosting", "dataset", "radiographs"],
        ["chat"] = ["hosting", "overload", "vocabulary"],
        ["onnx"] = ["overload", "imaging", "models"],
        ["torch"] = ["imaging", "models", "radiographs"],
    };

    /// <summary>The one runtime of each service that has one.</summary>
    private static readonly Dictionary<string, string> _runtimes = new()
    {
        ["services/report"] = "services/shared/onnx",
        ["services/diffusion"] = "services/shared/onnx",
        ["services/curation"] = "services/shared/onnx",
        ["services/trainer"] = "services/shared/torch",
        ["services/evaluator"] = "services/shared/torch",
    };

    [Fact]
    public void ProjectReferences_EveryProject_FollowTheAllowedArrows() => RuleAssert.HasNoViolations(
        "Move the code to where both may reference it, or call the other service over gRPC; services/README.md lists the rooms and who "
            + "uses them.",
        from project in RepositoryFiles.Projects
        from to in project.References
        where !IsAllowed(project.Folder, to)
        select $"{project.Path}:1: references {to.Folder}");

    [Fact]
    public void SharedArrows_TheTable_HasEveryRoomAndNoCircle()
    {
        var rooms = RepositoryFiles.Projects.Select(p => p.Folder).Where(IsRoom);
        Assert.Equal(rooms.Order(StringComparer.Ordinal), _sharedArrows.Keys.Select(Room).Order(StringComparer.Ordinal));
        var known = new HashSet<string>();
        foreach (var (room, below) in _sharedArrows)
        {
            Assert.All(below, b => Assert.True(known.Contains(b), $"{room} stands before {b}, on which it builds"));
            known.Add(room);
        }
    }

    [Theory]
    [InlineData("services/report", "services/diffusion", false)]
    [InlineData("services/report", "services/shared/hosting", true)]
    [InlineData("services/curation", "services/shared/torch", false)]
    [InlineData("services/balancer", "services/shared/onnx", false)]
    [InlineData("services/shared/overload", "services/shared/hosting", false)]
    [InlineData("services/shared/radiographs", "services/shared/torch", false)]
    [InlineData("gateway", "services/balancer", false)]
    [InlineData("gateway/cli", "services/balancer", false)]
    [InlineData("gateway/cli", "gateway/standalone", true)]
    [InlineData("gateway/standalone", "services/balancer", true)]
    [InlineData("gateway/standalone", "gateway", false)]
    public void IsAllowed_KnownArrows_AnswersAsDesigned(string from, string to, bool allowed) =>
        Assert.Equal(allowed, IsAllowed(from, new ProjectReference(to, IsLoaded: true)));

    [Fact]
    public void IsAllowed_GatewayThatIsOnlyBuilt_IsStartedAsAProcess() =>
        Assert.True(IsAllowed("gateway/standalone", new ProjectReference("gateway", IsLoaded: false)));

    private static bool IsAllowed(string from, ProjectReference to)
    {
        if (from.StartsWith("tests/", StringComparison.Ordinal))
            return true;
        if (from == Contracts)
            return false;
        if (to.Folder == Contracts)
            return true;
        if (IsRoom(from))
            return _sharedArrows.GetValueOrDefault(from[Room("").Length..], []).Select(Room).Contains(to.Folder);
        return from switch
        {
            "gateway" => to.Folder == Room("hosting") || to.Folder == Room("overload"),
            "gateway/cli" => to.Folder == "gateway/standalone" || IsRoom(to.Folder),
            "gateway/standalone" => _services.Contains(to.Folder) || IsRoom(to.Folder) || to is { Folder: "gateway", IsLoaded: false },
            _ when _services.Contains(from) =>
                _serviceRooms.Select(Room).Contains(to.Folder) || _runtimes.GetValueOrDefault(from) == to.Folder,
            _ => false,
        };
    }

    private static bool IsRoom(string folder) => folder.StartsWith(Room(""), StringComparison.Ordinal);

    private static string Room(string name) => "services/shared/" + name;
}
