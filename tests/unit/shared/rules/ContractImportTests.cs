using System.Text.RegularExpressions;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>Which contracts a client must have to compile another.</summary>
public sealed partial class ContractImportTests
{
    [Fact]
    public void Dataset_AllItsImports_HoldNoContractOfTheEvaluator()
    {
        var needed = Imports("syncxr/dataset/v1/dataset.proto");

        Assert.Contains("syncxr/trainer/v1/trainer.proto", needed);
        Assert.DoesNotContain(needed, file => file.StartsWith("syncxr/evaluator/", StringComparison.Ordinal));
    }

    private static HashSet<string> Imports(string file)
    {
        var (found, left) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>([file]));
        while (left.TryPop(out var next))
        {
            foreach (Match import in Import().Matches(File.ReadAllText(Path.Combine(Repository.Root, "protos", next))))
            {
                if (found.Add(import.Groups[1].Value) && import.Groups[1].Value.StartsWith("syncxr/", StringComparison.Ordinal))
                    left.Push(import.Groups[1].Value);
            }
        }

        return found;
    }

    [GeneratedRegex("^import \"([^\"]+)\";", RegexOptions.Multiline)]
    private static partial Regex Import();
}
