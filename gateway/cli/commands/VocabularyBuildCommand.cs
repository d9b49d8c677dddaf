using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Vocabulary;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>vocabulary build</c>: the five entity lists of a folder of reports; with <c>--name</c> it also goes into the mesh.</summary>
internal static class VocabularyBuildCommand
{
    private static readonly Argument<DirectoryInfo> FolderArgument = new("folder")
    {
        Description = "Reports: .txt, Open-I .xml, or .tgz of these.",
    };
    private static readonly Option<DirectoryInfo> OutOption = new("--out")
    {
        Description = "Where vocabulary.tsv, counts.tsv and unknown-terms.tsv go; must not exist.",
        DefaultValueFactory = _ => new DirectoryInfo("vocabulary"),
    };
    private static readonly Option<string?> NameOption = new("--name") { Description = "Also add it to the mesh under this name." };
    private static readonly Option<int> LeastReportsOption = new("--least-reports")
    {
        Description = "Leave out what stands in fewer reports.",
        DefaultValueFactory = _ => VocabularyBuilder.DefaultMinReports,
    };

    public static Command Build() =>
        new Command("build", "Make the entity lists of a folder of reports.") { FolderArgument, OutOption, NameOption, LeastReportsOption }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var folder = parsed.GetValue(FolderArgument)!;
        if (!folder.Exists)
            throw MeshException.Invalid("folder", $"{folder.FullName} does not exist");
        if (parsed.GetValue(LeastReportsOption) < 1)
            throw MeshException.Invalid("--least-reports", "must be at least 1");
        var name = parsed.GetValue(NameOption);
        if (name is not null && !EntityVocabulary.IsName(name))
            throw MeshException.Invalid("--name", $"'{name}' must be 1 to 63 of a-z, 0-9 and '-', starting with a letter");
        var into = PathArgumentValidator.ValidateNewFolder("--out", parsed.GetValue(OutOption)!);
        BuiltVocabulary built;
        using (var progress = ProgressBar.StartWait("reading reports"))
            built = await VocabularyBuilder.BuildAsync(folder.FullName, parsed.GetValue(LeastReportsOption),
                new SynchronousProgress(p => progress.ShowDetail($"pass {p.Pass} of 2, {p.Reports} reports")), cancellation);
        if (built.Vocabulary.Entities.Count == 0)
            throw MeshException.Invalid("folder",
                $"{folder.FullName}: no entity of the shipped lexicon stands in {parsed.GetValue(LeastReportsOption)} or more of its "
                    + $"{built.Reports} reports (--least-reports)");
        await built.WriteAsync(into, cancellation);
        var counts = built.Vocabulary.Entities.GroupBy(e => e.Type).ToDictionary(g => EntityVocabulary.TypeName(g.Key), g => g.Count());
        ConsoleWriter.WriteTable(json, $"{built.Reports} reports, {built.Skipped.Count} files skipped", ["list", "entities"],
            counts.Select(c => new[] { c.Key, $"{c.Value}" }));
        ConsoleWriter.WriteTable(json, $"{built.UnknownTerms.Count} terms that the shipped lexicon lacks; the most frequent",
            ["term", "reports", "for example in"],
            built.UnknownTerms.Take(12).Select(t => new[] { t.Term, $"{t.Reports.Count}", string.Join(' ', t.Reports.Take(3)) }));
        foreach (var file in built.Skipped)
            Console.Error.WriteLine($"skipped {file.Name}: {file.Reason}");
        ConsoleWriter.WriteLine(json, $"written to {into}");
        if (name is not null)
            await AddToMeshAsync(parsed, built, name, cancellation);
        return (ExitCodes.Ok, new JsonObject
        {
            ["folder"] = into,
            ["reports"] = built.Reports,
            ["skipped"] = built.Skipped.Count,
            ["skipped_files"] = new JsonArray([.. built.Skipped.Select(s => new JsonObject { ["file"] = s.Name, ["reason"] = s.Reason })]),
            ["counts"] = new JsonObject(counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))),
            ["unknown_terms"] = new JsonArray(
                [.. built.UnknownTerms.Select(
                    t => new JsonObject { ["term"] = t.Term, ["reports"] = new JsonArray([.. t.Reports.Select(r => (JsonNode)r)]) })]),
        });
    }

    private static async Task AddToMeshAsync(ParseResult parsed, BuiltVocabulary built, string name, CancellationToken cancellation)
    {
        var request = new CreateVocabularyRequest { VocabularyId = name };
        foreach (var e in built.Vocabulary.Entities)
        {
            request.Entities.Add(new Wire.Entity
            {
                Id = e.Id,
                Term = e.Term,
                Type = (Wire.EntityType)e.Type,
                Concept = e.Concept,
                Group = e.Group,
                Excludes = { e.Excludes },
                Synonyms = { e.Synonyms },
            });
        }

        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var made = await new BalancerService.BalancerServiceClient(mesh.Invoker).CreateVocabularyAsync(request,
            cancellationToken: cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
            $"added as {made.Vocabulary.Name}, digest {made.Vocabulary.Digest}");
    }

    /// <summary>Reports at once, on the caller's thread: Progress&lt;T&gt; of .NET would post each to the pool.</summary>
    private sealed class SynchronousProgress(Action<VocabularyBuildProgress> tell) : IProgress<VocabularyBuildProgress>
    {
        public void Report(VocabularyBuildProgress value) => tell(value);
    }
}
