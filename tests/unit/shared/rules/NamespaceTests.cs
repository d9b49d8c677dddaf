using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>A type is found by its name: its namespace is the project's, followed by the folders that it lies in.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public void Namespaces_EverySourceFile_AreTheProjectsAndTheFolders() => RuleAssert.HasNoViolations(
        "Move the file, or rename its namespace; the case of letters is free.", RepositoryFiles.Sources.SelectMany(FindViolations));

    [Fact]
    public void FindViolations_NamespaceOfAnotherFolder_NamesTheRightOne()
    {
        var project = new ProjectFile("services/x/X.csproj", "SynCxr.Mesh.X", new());
        var wrong = SourceFile.Parse("services/x/runs/old/File.cs", "// a file\nnamespace SynCxr.Mesh.X.Runs;", project);
        var right = SourceFile.Parse("services/x/runs/old/File.cs", "namespace SynCxr.Mesh.X.Runs.OLD;", project);
        var block = SourceFile.Parse("services/x/File.cs", "namespace SynCxr.Mesh.X { }", project);

        Assert.Equal(
            "services/x/runs/old/File.cs:2: the namespace 'SynCxr.Mesh.X.Runs' is to be 'SynCxr.Mesh.X.runs.old'",
            Assert.Single(FindViolations(wrong)));
        Assert.Empty(FindViolations(right));
        Assert.EndsWith("file-scoped", Assert.Single(FindViolations(block)));
    }

    internal static IEnumerable<string> FindViolations(SourceFile file)
    {
        if (file.Project is not { } project)
            yield break;
        var below = Path.GetRelativePath(project.Folder, Path.GetDirectoryName(file.Path)!).Replace('\\', '/');
        var right = below == "." ? project.RootNamespace : $"{project.RootNamespace}.{below.Replace('/', '.')}";
        var declared = file.Syntax.Members.OfType<BaseNamespaceDeclarationSyntax>().ToList();
        if (declared.Count == 0 && file.TopLevelTypes.Any())
            yield return $"{file.Path}:1: no namespace; it is to be '{right}'";
        foreach (var at in declared)
        {
            if (!at.Name.ToString().Equals(right, StringComparison.OrdinalIgnoreCase))
                yield return $"{file.Locate(at.Name.GetFirstToken())}: the namespace '{at.Name}' is to be '{right}'";
            if (at is not FileScopedNamespaceDeclarationSyntax && !file.IsMigration)
                yield return $"{file.Locate(at.NamespaceKeyword)}: the namespace '{at.Name}' is to be file-scoped";
        }
    }
}
