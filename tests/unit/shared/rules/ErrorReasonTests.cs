using System.Reflection;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

public sealed class ErrorReasonTests
{
    [Fact]
    public void All_EveryDeclaredReason_IsListedOnce()
    {
        var declared = typeof(ErrorReasons).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.FieldType == typeof(ErrorReason)).Select(f => (ErrorReason)f.GetValue(null)!);

        Assert.Equal(declared.Select(r => r.Name).Order(), ErrorReasons.All.Select(r => r.Name).Order());
        Assert.Equal(ErrorReasons.All.Count, ErrorReasons.All.Select(r => r.Name).Distinct().Count());
    }

    [Fact]
    public void All_TableInTheReadme_SaysTheSame()
    {
        var table = File.ReadLines(Path.Combine(Repository.Root, "protos", "README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 5 && cells[1].Length > 0 && cells[1].All(c => char.IsUpper(c) || c == '_'))
            .Select(cells => (cells[1], cells[2], cells[3]));

        Assert.Equal(ErrorReasons.All.Select(r => (r.Name, r.Status.ToString(), r.Meaning)), table);
    }
}
