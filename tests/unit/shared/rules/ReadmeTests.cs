using System.Text.RegularExpressions;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>The README is a door, and every page leads where it says.</summary>
public sealed partial class ReadmeTests
{
    private const int MaxReadmeLines = 150;

    [Fact]
    public void Readme_AtTheTop_IsADoor()
    {
        var lines = File.ReadAllLines(RepositoryFiles.FullPath("README.md")).Length;

        Assert.True(
            lines <= MaxReadmeLines,
            $"README.md has {lines} lines, {MaxReadmeLines} are the limit: move what a newcomer can do without to its own page");
    }

    [Fact]
    public void Links_EveryPage_LeadToAFileAndAHeading() => RuleAssert.HasNoViolations(
        "Mend the link, or bring the file; a link into a page needs a heading of that name there.",
        RepositoryFiles.Find(".md").SelectMany(p => FindBrokenLinks(p, File.ReadAllLines(RepositoryFiles.FullPath(p)))));

    [Fact]
    public void FindBrokenLinks_LinksPicturesAndCode_NamesThoseThatLeadNowhere()
    {
        string[] page =
        [
            "# A page of links",
            "[here](README.md) [part](#a-page-of-links) [none](absent.md) ![image](absent.png)",
            "<img src='absent.svg'> `[code](x)`",
            "```",
            "[listing](absent.md)",
            "```",
            "[web](https://example.org) [no heading](#absent)",
        ];

        Assert.Equal(
            [
                "p.md:2: absent.md does not exist", "p.md:2: absent.png does not exist", "p.md:3: absent.svg does not exist",
                "p.md:7: p.md has no heading #absent",
            ],
            FindBrokenLinks("p.md", page));
    }

    internal static IEnumerable<string> FindBrokenLinks(string path, string[] lines)
    {
        foreach (var (number, text) in ReadProse(lines))
        {
            foreach (var target in LinkPattern().Matches(CodePattern().Replace(text, "")).Select(m => m.Groups[1].Value))
            {
                if (AddressPattern().IsMatch(target))
                    continue;
                var (file, heading) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, "");
                var page = file.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, Uri.UnescapeDataString(file));
                if (file.Length > 0 && !Path.Exists(RepositoryFiles.FullPath(page)))
                    yield return $"{path}:{number}: {file} does not exist";
                else if (heading.Length > 0 && page.EndsWith(".md", StringComparison.Ordinal) && !HasHeading(page, heading))
                    yield return $"{path}:{number}: {page} has no heading #{heading}";
            }
        }

        bool HasHeading(string page, string heading) =>
            FindHeadings(page == path ? lines : File.ReadAllLines(RepositoryFiles.FullPath(page))).Contains(heading);
    }

    /// <summary>The lines that are not in a listing, with their numbers.</summary>
    private static IEnumerable<(int Number, string Text)> ReadProse(string[] lines)
    {
        var isListing = false;
        foreach (var (index, text) in lines.Index())
        {
            if (text.TrimStart().StartsWith("```", StringComparison.Ordinal))
                isListing = !isListing;
            else if (!isListing)
                yield return (index + 1, text);
        }
    }

    /// <summary>How a link calls the headings of a page: lower case, hyphens for blanks, and nothing but letters and digits.</summary>
    private static IEnumerable<string> FindHeadings(string[] lines) =>
        from line in ReadProse(lines)
        where HeadingPattern().IsMatch(line.Text)
        let title = line.Text.TrimStart('#').Trim().ToLowerInvariant()
        select string.Concat(title.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    [GeneratedRegex(@"(?:\]\(|\s(?:src|href)=[""'])([^)""'\s]+)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CodePattern();

    [GeneratedRegex("^(?:[a-z][a-z0-9+.-]*:|//)")]
    private static partial Regex AddressPattern();

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex HeadingPattern();
}
