using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Tasks;

/// <summary>A refusal repeats at most 120 characters of a name that a caller gave.</summary>
public sealed class EchoedNameTests
{
    private static readonly string _long = new('n', 5000);

    [Theory]
    [InlineData("prompts")]
    [InlineData("split folder")]
    [InlineData("layout")]
    [InlineData("folder")]
    public void Refusal_LongName_IsShortened(string what)
    {
        Action action = what switch
        {
            "prompts" => () => EvaluationSpecRules.KnownPrompts(_long, "f"),
            "split folder" => () => SplitFolderFinder.Find([new DataPlace("/" + _long, null)], "f"),
            "layout" => () => DataLayouts.Find(_long, "f"),
            _ => () => DataLayouts.Read(new RadiographSource("folders", "/" + _long), "f", CancellationToken.None),
        };

        var message = Assert.Throws<MeshException>(action).Message;

        Assert.InRange(message.Length, 1, 400);
        Assert.Contains("nnn…'", message, StringComparison.Ordinal);
    }
}
