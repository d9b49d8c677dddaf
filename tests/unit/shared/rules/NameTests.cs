using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>One name is one thing in the whole solution, and says what it is.</summary>
public sealed class NameTests
{
    /// <summary>Each process has one of these; migrations are named by the tool that writes them.</summary>
    private static readonly string[] _repeatedTypes = ["Program", "Log"];

    private static readonly string[] _bannedMethods = ["Of", "Take", "Tell", "Look", "Give", "Ask"];

    /// <summary>Ends of names that say nothing, or say with another word what the solution has a word for.</summary>
    private static readonly Dictionary<string, string> _bannedEnds = new()
    {
        ["Map"] = "Mapping, for a class that maps messages",
        ["Wire"] = "Mapping, for a class that maps messages",
        ["Helper"] = "what it is",
        ["Helpers"] = "what it is",
        ["Utils"] = "what it is",
        ["Manager"] = "what it is",
        ["Extensions"] = "what it is",
    };

    [Fact]
    public void TypeNames_TheWholeSolution_OccurOnce() => RuleAssert.HasNoViolations(
        "Two types of one name are mistaken for each other: rename one of them after what only it does.",
        FindRepeatedTypes(RepositoryFiles.Sources));

    [Fact]
    public void TypeNames_EverySourceFile_EndInWhatTheyAre() => RuleAssert.HasNoViolations(
        "The end of a type's name is the word of the solution for its kind.", RepositoryFiles.Sources.SelectMany(FindBannedEnds));

    [Fact]
    public void MethodNames_EverySourceFile_AreNoBareVerb() => RuleAssert.HasNoViolations(
        $"No public or internal method is called {string.Join(", ", _bannedMethods)}: say what of what (FromShape, Dequeue, SendOrder).",
        RepositoryFiles.Sources.SelectMany(FindBannedMethods));

    [Fact]
    public void FindRepeatedTypes_TwoNamespaces_NamesBothPlaces()
    {
        SourceFile[] files =
        [
            SourceFile.Parse("a/One.cs", "namespace A; class One; class Log;"),
            SourceFile.Parse("b/One.cs", "namespace B;\nclass One; class Log;"),
            SourceFile.Parse("c/One.cs", "namespace C; partial class Two;"),
            SourceFile.Parse("c/Two.cs", "namespace C; partial class Two;"),
        ];

        Assert.Equal(["a/One.cs:1: 'One' is also in b/One.cs:2"], FindRepeatedTypes(files));
    }

    [Theory]
    [InlineData("class C { public static C Of() => new(); }", 1)]
    [InlineData("class C { internal void Tell() { } }", 1)]
    [InlineData("interface I { void Give(); }", 1)]
    [InlineData("class C { private void Ask() { } public void TakeOrder() { } }", 0)]
    public void FindBannedMethods_OneWord_IsFound(string text, int count) =>
        Assert.Equal(count, FindBannedMethods(SourceFile.Parse("x.cs", text)).Count());

    internal static IEnumerable<string> FindRepeatedTypes(IEnumerable<SourceFile> files)
    {
        var types =
            from file in files
            where !file.IsMigration
            from type in file.TopLevelTypes
            let identifier = type is DelegateDeclarationSyntax named ? named.Identifier : ((BaseTypeDeclarationSyntax)type).Identifier
            where !_repeatedTypes.Contains(identifier.ValueText)
            group (Owner: (file.Project?.Folder, file.Namespace), Place: file.Locate(identifier)) by identifier.ValueText;
        foreach (var sameName in types)
        {
            // The parts of one partial type, and the generic forms of one name beside each other, are one type here.
            var places = sameName.DistinctBy(t => t.Owner).Select(t => t.Place).ToList();
            if (places.Count > 1)
                yield return $"{places[0]}: '{sameName.Key}' is also in {string.Join(", ", places.Skip(1))}";
        }
    }

    internal static IEnumerable<string> FindBannedEnds(SourceFile file) =>
        from type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        from banned in _bannedEnds
        where !file.IsMigration && type.Identifier.ValueText.EndsWith(banned.Key, StringComparison.Ordinal)
        select $"{file.Locate(type.Identifier)}: '{type.Identifier.ValueText}' ends in {banned.Key}; it is to end in {banned.Value}";

    internal static IEnumerable<string> FindBannedMethods(SourceFile file) =>
        from method in file.Syntax.DescendantNodes().OfType<MethodDeclarationSyntax>()
        where _bannedMethods.Contains(method.Identifier.ValueText)
        where method.Parent is InterfaceDeclarationSyntax
            || method.Modifiers.Any(m => m.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword)
        select $"{file.Locate(method.Identifier)}: a method called '{method.Identifier.ValueText}'";
}
