using System.Globalization;
using Xunit;
using Xunit.v3;

namespace SynCxr.Mesh.Testkit.Goldens;

/// <summary>A test of a golden folder: <c>tests/goldens.sh</c> finds it by its trait.</summary>
/// <param name="folder">The folder's name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GoldenFactAttribute(string folder) : FactAttribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Golden", folder), new("Kind", "Golden")];
}

/// <summary>
/// The cases of a golden folder, or of one of its lists. Each is run, however many fail; then the share that passed is recorded and held
/// against the bar of <c>tests/goldens.bars</c>. A case of <c>tests/goldens.disputed</c> counts as not passed and is excused.
/// </summary>
public static class GoldenCases
{
    private const string BarsFile = "tests/goldens.bars", DisputedFile = "tests/goldens.disputed";
    private const int MaxShownLength = 300;

    /// <summary>Has <c>tests/goldens.sh</c> print what a reader of its figures should know.</summary>
    public static void Note(string name, string text) => GoldenResults.Record($"{name} note {text}");

    /// <param name="name">The folder, or folder/list where the list has a bar of its own.</param>
    /// <param name="cases">The cases that the folder lists.</param>
    /// <param name="describe">A case's name.</param>
    /// <param name="check">Throws where the case is not passed.</param>
    public static void Run<T>(string name, IEnumerable<T> cases, Func<T, string> describe, Action<T> check)
    {
        var disputed = ReadTable(DisputedFile).Where(row => row[0] == name).ToDictionary(row => row[1], row => row[2]);
        var bar = ReadTable(BarsFile).Where(row => row[0] == name)
            .Select(row => double.Parse(row[1], CultureInfo.InvariantCulture)).DefaultIfEmpty(1).Single();
        var (passed, excused, total) = (0, 0, 0);
        var failures = new List<string>();
        foreach (var item in cases)
        {
            total++;
            var problem = Check(item, check);
            if (disputed.TryGetValue(describe(item), out var reason))
            {
                excused++;
                GoldenResults.Record($"{name} disputed {describe(item)}: {reason}{(problem is null ? " (passes now: take it out)" : "")}");
            }
            else if (problem is null)
                passed++;
            else
                failures.Add($"{name} not passed {describe(item)}: {problem}");
        }
        failures.ForEach(GoldenResults.Record);
        GoldenResults.Record(FormattableString.Invariant($"{name} {passed}/{total} {bar}"));
        Assert.True(total > 0, $"{name} has no case at all");
        Assert.True(passed + excused >= bar * total,
            $"{name}: {passed} of {total} passed, {bar} is the bar\n{string.Join('\n', failures)}");
    }

    private static string? Check<T>(T item, Action<T> check)
    {
        try
        {
            check(item);
            return null;
        }
#pragma warning disable CA1031 // whatever it is, the case is not passed, and says why
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var message = string.Join(' ', exception.Message.Split('\n', StringSplitOptions.TrimEntries));
            return message.Length <= MaxShownLength ? message : message[..MaxShownLength] + "...";
        }
    }

    // Columns are parted by white space, the last one runs to the end of its line; '#' starts a remark.
    private static IEnumerable<string[]> ReadTable(string file)
    {
        var path = Path.Combine(Repository.Root, file);
        return File.ReadLines(path).Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#')
            .Select(line => line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}

/// <summary>What golden tests have to tell <c>tests/goldens.sh</c>: lines of the file that <c>SYNCXR_GOLDEN_RESULTS</c> names.</summary>
internal static class GoldenResults
{
    private static readonly Lock _fileLock = new();

    public static void Record(string line)
    {
#pragma warning disable RS0030 // a test has no options to bind
        var path = Environment.GetEnvironmentVariable("SYNCXR_GOLDEN_RESULTS");
#pragma warning restore RS0030
        lock (_fileLock)
        {
            if (string.IsNullOrEmpty(path))
                Console.WriteLine(line);
            else
                File.AppendAllText(path, line + "\n");
        }
    }
}
