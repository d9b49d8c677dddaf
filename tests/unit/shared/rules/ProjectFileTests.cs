using System.Xml;
using System.Xml.Linq;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>What the project files may say of files and of each other.</summary>
public sealed class ProjectFileTests
{
    private const int MinOwners = 2;

    /// <summary>MSBuild compiles these itself, and a test compiles them again to try them.</summary>
    private static readonly string[] _sharedBuildTasks =
        ["services/shared/torch/build/KeptArguments.cs", "services/shared/torch/build/WeakSymbolVersion.cs"];

    private static readonly string[] _owners =
    [
        "services/balancer", "services/report", "services/diffusion", "services/curation", "services/trainer", "services/evaluator",
        "gateway", "gateway/cli", "gateway/standalone",
    ];

    [Fact]
    public void CompileItems_EveryProject_LieInItsFolder() => RuleAssert.HasNoViolations(
        "Put the file into a project that both reference: services/shared for the product, tests/testkit for tests.",
        RepositoryFiles.Projects.SelectMany(FindLinkedFiles));

    [Fact]
    public void SharedProjects_Each_HasTwoOwners() => RuleAssert.HasNoViolations(
        $"A shared project is referenced directly by at least {MinOwners} of {string.Join(", ", _owners)}; "
            + "what has one owner belongs into that one.",
        FindSharedProjectsWithoutOwners(RepositoryFiles.Projects));

    [Fact]
    public void FindLinkedFiles_AFileOfAnotherFolder_IsNamedUnlessItIsABuildTask()
    {
        var project = Parse("tests/unit/x/X.csproj", """
            <Project><ItemGroup>
              <Compile Include="../../../services/shared/torch/build/KeptArguments.cs;../y/Shared.cs" />
              <Compile Include="below/Own.cs" />
              <Compile Remove="../z/*.cs" />
            </ItemGroup></Project>
            """);

        Assert.Equal(["tests/unit/x/X.csproj:2: compiles tests/unit/y/Shared.cs"], FindLinkedFiles(project));
    }

    [Fact]
    public void FindSharedProjectsWithoutOwners_OneOwner_IsNamed()
    {
        ProjectFile[] projects =
        [
            Parse("services/shared/a/A.csproj", "<Project />"),
            Parse("services/report/R.csproj", """<Project><ProjectReference Include="../shared/a/A.csproj" /></Project>"""),
            Parse("services/shared/b/B.csproj", """<Project><ProjectReference Include="../a/A.csproj" /></Project>"""),
        ];

        Assert.Equal(
            ["services/shared/a/A.csproj:1: 1 owner (services/report)", "services/shared/b/B.csproj:1: no owner"],
            FindSharedProjectsWithoutOwners(projects));
    }

    internal static IEnumerable<string> FindLinkedFiles(ProjectFile project) =>
        from item in project.Content.Descendants("Compile")
        where item.Attribute("Include") is not null
        from file in item.Attribute("Include")!.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        let path = project.Resolve(file)
        where !path.StartsWith(project.Folder + "/", StringComparison.Ordinal) && !_sharedBuildTasks.Contains(path)
        select $"{project.Path}:{((IXmlLineInfo)item).LineNumber}: compiles {path}";

    internal static IEnumerable<string> FindSharedProjectsWithoutOwners(IReadOnlyList<ProjectFile> projects) =>
        from shared in projects
        where shared.Folder.StartsWith("services/shared/", StringComparison.Ordinal)
        let owners = projects.Where(p => _owners.Contains(p.Folder) && p.References.Any(r => r.IsLoaded && r.Folder == shared.Folder))
            .Select(p => p.Folder).ToList()
        where owners.Count < MinOwners
        select $"{shared.Path}:1: {(owners.Count == 0 ? "no owner" : $"1 owner ({owners[0]})")}";

    private static ProjectFile Parse(string path, string xml) => new(path, "X", XDocument.Parse(xml, LoadOptions.SetLineInfo));
}
