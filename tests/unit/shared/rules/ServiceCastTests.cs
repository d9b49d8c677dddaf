using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>Whoever knows one service finds the way in the other five: the same files, with the same signatures.</summary>
public sealed class ServiceCastTests
{
    private const int MaxProgramLines = 25;

    public static TheoryData<string> Services => ["Balancer", "Report", "Diffusion", "Curation", "Trainer", "Evaluator"];

    [Theory]
    [MemberData(nameof(Services))]
    public void Files_EachService_AreTheCast(string service) => RuleAssert.HasNoViolations(
        "Every service folder has these files, with these signatures; services/diffusion shows how.",
        FindViolations(service, RepositoryFiles.Sources, RepositoryFiles.Find("/README.md")));

    [Fact]
    public void Metrics_EveryClass_AreInstancesWithAMeterFactory() => RuleAssert.HasNoViolations(
        "A class of instruments is called XMetrics, is sealed and takes an IMeterFactory, so that tests read their own meter.",
        from file in RepositoryFiles.Sources
        from type in file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>()
        where type.Identifier.ValueText.EndsWith("Metrics", StringComparison.Ordinal) ? !IsMetrics(type) : HasInstruments(type)
        select $"{file.Locate(type.Identifier)}: '{type.Identifier.ValueText}' has another name or shape");

    [Fact]
    public void Mappings_EveryClass_AreStatic() => RuleAssert.HasNoViolations(
        "A mapping has no state: a static class of methods from one type to another.",
        from file in RepositoryFiles.Sources
        from type in file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>()
        where type.Identifier.ValueText.EndsWith("Mapping", StringComparison.Ordinal) && !type.Modifiers.Any(SyntaxKind.StaticKeyword)
        select $"{file.Locate(type.Identifier)}: '{type.Identifier.ValueText}' is not static");

    [Fact]
    public void Names_EveryClass_AreConstantsWithASentence() => RuleAssert.HasNoViolations(
        "A family of named choices is a static class called XNames, with a constant for each and a summary that says what it is for.",
        from file in RepositoryFiles.Sources
        from type in file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>()
        where type.Identifier.ValueText.EndsWith("Names", StringComparison.Ordinal) && !IsNames(type)
        select $"{file.Locate(type.Identifier)}: '{type.Identifier.ValueText}' has another shape");

    [Fact]
    public void FindViolations_ServiceWithAnotherSignature_NamesIt()
    {
        SourceFile[] files =
        [
            SourceFile.Parse("services/x/Program.cs", "return;\n"),
            SourceFile.Parse("services/x/XHost.cs", """
                public static class XHost
                {
                    public static void AddX(this WebApplicationBuilder builder) { }
                    public static void MapX(this WebApplication app) { }
                }
                """),
            SourceFile.Parse("services/x/XService.cs", "internal sealed class XService : V1.XService.XServiceBase;"),
            SourceFile.Parse("services/x/XOptions.cs", "public sealed class XOptions { public const string Section = \"X\"; }"),
            SourceFile.Parse("services/x/XMetrics.cs", "internal sealed class XMetrics(IMeterFactory meters);"),
        ];

        Assert.Equal(
            [
                "services/x/README.md:1: is missing",
                "services/x:1: no file is called XMapping.cs: the contract's messages are mapped elsewhere",
                "services/x/XHost.cs:1: XHost has no 'public static void AddX(this IHostApplicationBuilder …)'",
                "services/x/Log.cs:1: is missing",
            ],
            FindViolations("X", files, readmes: []));
    }

    internal static IEnumerable<string> FindViolations(string service, IReadOnlyList<SourceFile> sources, IEnumerable<string> readmes)
    {
        var folder = "services/" + service.ToLowerInvariant();
        if (!readmes.Contains(folder + "/README.md"))
            yield return $"{folder}/README.md:1: is missing";
        if (sources.FirstOrDefault(f => f.Path == folder + "/Program.cs") is not { } program)
            yield return $"{folder}/Program.cs:1: is missing";
        else if (program.Text.TrimEnd().Split('\n').Length is > MaxProgramLines and var lines)
            yield return $"{program.Path}:{MaxProgramLines + 1}: {lines} lines, {MaxProgramLines} are the limit";
        if (!sources.Any(f => f.Path.StartsWith(folder + "/", StringComparison.Ordinal)
            && f.Path.EndsWith("Mapping.cs", StringComparison.Ordinal)))
        {
            yield return $"{folder}:1: no file is called XMapping.cs: the contract's messages are mapped elsewhere";
        }

        foreach (var (name, shape, fits) in Cast(service))
        {
            var path = $"{folder}/{name}.cs";
            var types = sources.FirstOrDefault(f => f.Path == path)?.TopLevelTypes.OfType<ClassDeclarationSyntax>() ?? [];
            if (types.FirstOrDefault(t => t.Identifier.ValueText == name) is not { } type)
                yield return $"{path}:1: is missing";
            else if (!fits(type))
                yield return $"{path}:{type.Identifier.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {name} has no {shape}";
        }
    }

    /// <summary>The classes of a service, each in a file of its name, and what each must have.</summary>
    private static (string Name, string Shape, Func<ClassDeclarationSyntax, bool> Fits)[] Cast(string service) =>
    [
        (service + "Host", $"'public static void Add{service}(this IHostApplicationBuilder …)'",
            t => HasExtension(t, "Add" + service, "IHostApplicationBuilder")),
        (service + "Host", $"'public static void Map{service}(this WebApplication …)'",
            t => HasExtension(t, "Map" + service, "WebApplication")),
        (service + "Service", $"base {service}ServiceBase",
            t => t.BaseList?.Types.Any(b => b.ToString().EndsWith($".{service}ServiceBase", StringComparison.Ordinal)) == true),
        (service + "Options", "'public const string Section'", HasSection),
        (service + "Metrics", "constructor with an IMeterFactory, or is not sealed", IsMetrics),
        ("Log", "'static partial', which the generator of its methods needs",
            t => t.Modifiers.Any(SyntaxKind.StaticKeyword) && t.Modifiers.Any(SyntaxKind.PartialKeyword)),
    ];

    private static bool HasSection(ClassDeclarationSyntax type) => type.Members.OfType<FieldDeclarationSyntax>()
        .Any(f => f.Modifiers.Any(SyntaxKind.ConstKeyword) && f.Declaration.Variables.Any(v => v.Identifier.ValueText == "Section"));

    private static bool HasExtension(ClassDeclarationSyntax type, string name, string extended) => type.Members
        .OfType<MethodDeclarationSyntax>().Any(m => m.Identifier.ValueText == name && m.ReturnType.ToString() == "void"
            && m.Modifiers.Any(SyntaxKind.PublicKeyword) && m.Modifiers.Any(SyntaxKind.StaticKeyword)
            && m.ParameterList.Parameters is [{ } first]
            && first.Modifiers.Any(SyntaxKind.ThisKeyword) && first.Type?.ToString() == extended);

    private static bool IsMetrics(ClassDeclarationSyntax type) => type.Modifiers.Any(SyntaxKind.SealedKeyword)
        && FindConstructors(type).SelectMany(c => c.Parameters).Any(p => p.Type?.ToString() == "IMeterFactory");

    private static bool HasInstruments(ClassDeclarationSyntax type) => type.Members.OfType<FieldDeclarationSyntax>()
        .Any(f => f.Declaration.Type is GenericNameSyntax { Identifier.ValueText: "Counter" or "Histogram" or "UpDownCounter" });

    private static bool IsNames(ClassDeclarationSyntax type)
    {
        var constants = type.Members.OfType<FieldDeclarationSyntax>().Where(f => f.Modifiers.Any(SyntaxKind.ConstKeyword)
            && f.Modifiers.Any(m => m.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword)).ToList();
        return type.Modifiers.Any(SyntaxKind.StaticKeyword) && constants.Count > 0
            && constants.TrueForAll(c => c.GetLeadingTrivia().ToString().Contains("/// <summary>", StringComparison.Ordinal));
    }

    private static IEnumerable<ParameterListSyntax> FindConstructors(ClassDeclarationSyntax type) => type.Members
        .OfType<ConstructorDeclarationSyntax>().Select(c => c.ParameterList).Append(type.ParameterList).OfType<ParameterListSyntax>();
}
