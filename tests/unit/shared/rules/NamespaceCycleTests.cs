using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>A pair's way through the balancer leads on: what makes pairs and what seals them do not know each other both ways.</summary>
public sealed class NamespaceCycleTests
{
    private const string Assembly = "SynCxr.Mesh.Balancer.Assembly", Sealing = "SynCxr.Mesh.Balancer.Sealing";

    [Fact]
    public void References_AssemblyAndSealing_GoOneWay()
    {
        var there = FindReferences(RepositoryFiles.Sources, from: Assembly, to: Sealing).ToList();
        var back = FindReferences(RepositoryFiles.Sources, from: Sealing, to: Assembly).ToList();

        Assert.Contains(RepositoryFiles.Sources, s => s.Namespace == Assembly);
        Assert.Contains(RepositoryFiles.Sources, s => s.Namespace == Sealing);
        if (there.Count > 0 && back.Count > 0)
            RuleAssert.HasNoViolations($"Move what {Assembly} and {Sealing} share into a namespace of its own.", [.. there, .. back]);
    }

    [Fact]
    public void FindReferences_UsingOrQualifiedName_IsFound()
    {
        var use = SourceFile.Parse("a/One.cs", $"using {Sealing};\nnamespace {Assembly};");
        var name = SourceFile.Parse("a/Two.cs", $"namespace {Assembly};\nclass C {{ Sealing.Writer Writer; }}");
        var comment = SourceFile.Parse("a/Three.cs", $"namespace {Assembly};\n// {Sealing} comes later.\nclass D;");

        Assert.Equal(["a/One.cs:1: names Sealing", "a/Two.cs:2: names Sealing"], FindReferences([use, name, comment], Assembly, Sealing));
    }

    /// <summary>Names of the other namespace in code, whole or from the namespace that both lie in; not in comments or texts.</summary>
    private static IEnumerable<string> FindReferences(IEnumerable<SourceFile> sources, string from, string to)
    {
        var last = to[(to.LastIndexOf('.') + 1)..];
        var ofNamespace = sources.Where(
            s => s.Namespace == from || s.Namespace?.StartsWith(from + ".", StringComparison.Ordinal) == true);
        foreach (var file in ofNamespace)
        {
            var names = file.Syntax.DescendantNodes().OfType<NameSyntax>()
                .Where(n => n.Parent is not QualifiedNameSyntax
                    and not BaseNamespaceDeclarationSyntax);
            foreach (var at in names.Where(n => n.ToString() == to || n.ToString().StartsWith(to + ".", StringComparison.Ordinal)
                || n.ToString().StartsWith(last + ".", StringComparison.Ordinal)))
                yield return $"{file.Locate(at.GetFirstToken())}: names {last}";
        }
    }
}
