using System.Xml.Linq;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>Who may reference whom: the picture of the mesh, held by the project files.</summary>
public sealed class ReferenceArrowTests
{
    private static readonly string[] _services = ["report", "diffusion", "curation", "balancer", "trainer", "evaluator"];

    [Fact]
    public void ProjectReferences_EveryProject_FollowTheAllowedArrows()
    {
        var wrong = Arrows().Where(a => !IsAllowed(a.From, a.To)).Select(a => $"{a.From} → {a.To}").ToList();

        Assert.True(wrong.Count == 0, "arrows that are not allowed:\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void ProjectReferences_EveryService_TakesAtMostOneRuntime()
    {
        foreach (var service in Arrows().Where(a => _services.Contains(a.From.Split('/').Last())).GroupBy(a => a.From))
            Assert.True(service.Count(a => a.To is "services/shared/onnx" or "services/shared/torch") <= 1,
                $"{service.Key} references both runtimes");
    }

    [Theory]
    [InlineData("services/report", "services/diffusion", false)]
    [InlineData("services/report", "services/shared/hosting", true)]
    [InlineData("services/curation", "services/shared/torch", false)]
    [InlineData("services/shared/storage", "services/shared/hosting", false)]
    [InlineData("gateway/cli", "services/balancer", true)]
    [InlineData("gateway", "services/balancer", false)]
    public void IsAllowed_KnownArrows_AnswersAsDesigned(string from, string to, bool allowed) => Assert.Equal(allowed, IsAllowed(from, to));

    private static bool IsAllowed(string from, string to) => from switch
    {
        _ when from.StartsWith("tests/", StringComparison.Ordinal) => true,
        "gateway/cli" => true,
        "gateway" => to is "protos" or "services/shared/hosting",
        "protos" => false,
        "services/shared/vocabulary" => false,
        "services/shared/hosting" or "services/shared/storage" => to is "protos",
        "services/shared/database" => to is "protos" or "services/shared/hosting",
        "services/shared/onnx" or "services/shared/torch" => to is "protos" or "services/shared/storage",
        "services/diffusion" or "services/curation" =>
            to is "protos" or "services/shared/hosting" or "services/shared/storage" or "services/shared/onnx",
        "services/trainer" or "services/evaluator" => to is "protos" or "services/shared/hosting" or "services/shared/database"
            or "services/shared/storage" or "services/shared/vocabulary" or "services/shared/torch",
        "services/report" when to == "services/report/llamasharp" => true, // a part of the service, in a build that asks for it
        "services/balancer" when to == "services/shared/database" => true,
        "services/report" or "services/balancer" =>
            to is "protos" or "services/shared/hosting" or "services/shared/storage" or "services/shared/vocabulary",
        _ => false,
    };

    private static IEnumerable<(string From, string To)> Arrows()
    {
        foreach (var project in Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(f => !f.Contains("node_modules", StringComparison.Ordinal)))
        {
            var folder = Path.GetDirectoryName(project)!;
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
            {
                var target = Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value));
                yield return (Relative(folder), Relative(Path.GetDirectoryName(target)!));
            }
        }
    }

    private static string Relative(string folder) => Path.GetRelativePath(Repository.Root, folder).Replace('\\', '/');
}
