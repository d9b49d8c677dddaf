using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>How a rule of the repository fails: with each place and what to do there.</summary>
internal static class RuleAssert
{
    private const int MaxShown = 200;

    /// <param name="whatToDo">A sentence for whoever broke the rule.</param>
    /// <param name="violations">As <c>path:line: what is wrong</c>.</param>
    public static void HasNoViolations(string whatToDo, IEnumerable<string> violations)
    {
        var all = violations.ToList();
        var more = all.Count > MaxShown ? $"\n… and {all.Count - MaxShown} more" : "";
        Assert.True(all.Count == 0, $"{all.Count} places break this rule. {whatToDo}\n{string.Join('\n', all.Take(MaxShown))}{more}");
    }
}
