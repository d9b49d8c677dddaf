using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>One C# file.</summary>
/// <param name="Path">Relative to the checkout.</param>
/// <param name="Text">Its text.</param>
/// <param name="Project">The project in whose folder it lies, or null.</param>
/// <param name="Syntax">Its syntax tree.</param>
internal sealed record SourceFile(string Path, string Text, ProjectFile? Project, CompilationUnitSyntax Syntax)
{
    /// <summary>Written by the migration tool of EF Core.</summary>
    public bool IsMigration => Path.Contains("/Migrations/", StringComparison.Ordinal);

    /// <summary>The namespace that it declares first, or null.</summary>
    public string? Namespace => Syntax.Members.OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();

    /// <summary>Types that stand in no other type.</summary>
    public IEnumerable<MemberDeclarationSyntax> TopLevelTypes => Syntax
        .DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .OfType<MemberDeclarationSyntax>().Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    public static SourceFile Read(string path, ProjectFile? project) =>
        Parse(path, File.ReadAllText(RepositoryFiles.FullPath(path)), project);

    /// <summary>A file that need not exist: tests show with it what a rule catches.</summary>
    public static SourceFile Parse(string path, string text, ProjectFile? project = null) =>
        new(path, text, project, (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(text).GetRoot());

    /// <summary>Where a piece of the file stands, as <c>path:line</c>.</summary>
    public string Locate(SyntaxToken token) => $"{Path}:{token.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
