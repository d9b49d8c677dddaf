using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Vocabulary;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>
/// <c>vocabulary build</c>: collects the five entity lists from a folder of reports; with <c>--name</c> it also adds them to the mesh.
/// </summary>
internal static class VocabularyBuildCommand
{
    private static readonly Argument<DirectoryInfo> _folderArgument = new("folder")
    {
        Description = "Folder of reports: .txt files, Open-I .xml files, or .tgz archives of these.",
    };
    private static readonly Option<DirectoryInfo> _outOption = new("--out")
    {
        Description = "New folder for vocabulary.tsv, counts.tsv and unknown-terms.tsv.",
        DefaultValueFactory = _ => new DirectoryInfo("vocabulary"),
    };
    private static readonly Option<string?> _nameOption = new("--name")
    {
        Description = "Also add the vocabulary to the mesh, under this name.",
    };
    private static readonly Option<int> _leastReportsOption = new("--least-reports")
    {
        Description = "Leave out entities that occur in fewer reports than this.",
        DefaultValueFactory = _ => VocabularyBuilder.DefaultMinReports,
    };

    public static Command Build() =>
        new Command("build", "Collect the entity lists from a folder of reports.")
        {
            _folderArgument, _outOption, _nameOption, _leastReportsOption,
        }.WithAction(RunAsync, new FieldOptionTranslator(new Dictionary<string, string> { ["vocabulary_id"] = _nameOption.Name }));

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var folder = parsed.GetValue(_folderArgument)!;
        if (!OptionUseValidator.IsTyped(parsed, _nameOption))
            OptionUseValidator.ThrowIfTyped(parsed, $"without {_nameOption.Name}, since nothing is then added to a mesh",
                [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption, SyncxrCommand.StateOption]);
        if (!folder.Exists)
            throw MeshException.Invalid("folder", $"The folder '{folder.FullName}' does not exist.");
        if (parsed.GetValue(_leastReportsOption) < 1)
            throw MeshException.Invalid("--least-reports", "Must be at least 1.");
        var name = parsed.GetValue(_nameOption);
        if (name is not null && !EntityVocabulary.IsName(name))
            throw MeshException.Invalid("--name", $"'{name}' can't be a name. Use 1 to 63 of a-z, 0-9 and '-', starting with a letter.");
        var into = PathArgumentValidator.ValidateNewFolder("--out", parsed.GetValue(_outOption)!);
        BuiltVocabulary built;
        using (var progress = ProgressBar.Start("reading reports"))
        {
            var shown = new SynchronousProgress(p => progress.ShowDetail($"pass {p.Pass} of 2, {p.Reports} reports"));
            built = await VocabularyBuilder.BuildAsync(folder.FullName, parsed.GetValue(_leastReportsOption), shown, cancellation);
        }

        if (built.Vocabulary.Entities.Count == 0)
            throw MeshException.Invalid("folder",
                $"None of the entities of the shipped lexicon occurs in at least {parsed.GetValue(_leastReportsOption)} of the "
                    + $"{built.Reports} reports in '{folder.FullName}'. Lower --least-reports, or give a folder of chest X-ray reports.");
        await built.WriteAsync(into, cancellation);
        var counts = built.Vocabulary.Entities.GroupBy(e => e.Type).ToDictionary(g => EntityVocabulary.TypeName(g.Key), g => g.Count());
        ConsoleWriter.WriteTable(json, $"{built.Reports} reports, {built.Skipped.Count} files skipped", ["list", "entities"],
            counts.Select(c => new[] { c.Key, $"{c.Value}" }));
        ConsoleWriter.WriteTable(json, $"{built.UnknownTerms.Count} terms are not in the shipped lexicon; the most frequent ones",
            ["term", "reports", "for example in"],
            built.UnknownTerms.Take(12).Select(t => new[] { t.Term, $"{t.Reports.Count}", string.Join(' ', t.Reports.Take(3)) }));
        foreach (var file in built.Skipped)
            Console.Error.WriteLine($"Skipped {file.Name}: {file.Reason}");
        ConsoleWriter.WriteLine(json, $"Written to {into}");
        if (name is not null)
            await AddToMeshAsync(parsed, built, name, cancellation);
        return (ExitCodes.Ok, new JsonObject
        {
            ["folder"] = into,
            ["reports"] = built.Reports,
            ["skipped"] = built.Skipped.Count,
            ["skipped_files"] = new JsonArray([.. built.Skipped.Select(s => new JsonObject { ["file"] = s.Name, ["reason"] = s.Reason })]),
            ["counts"] = new JsonObject(counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))),
            ["unknown_terms"] = new JsonArray([.. built.UnknownTerms.Select(t => new JsonObject
            {
                ["term"] = t.Term,
                ["reports"] = new JsonArray([.. t.Reports.Select(r => (JsonNode)r)]),
            })]),
        });
    }

    private static async Task AddToMeshAsync(ParseResult parsed, BuiltVocabulary built, string name, CancellationToken cancellation)
    {
        var request = new CreateVocabularyRequest { VocabularyId = name };
        foreach (var entity in built.Vocabulary.Entities)
        {
            request.Entities.Add(new Wire.Entity
            {
                Id = entity.Id,
                Term = entity.Term,
                Type = EnumMapping.ToSameName<Wire.EntityType>(entity.Type),
                Concept = entity.Concept,
                Group = entity.Group,
                Excludes = { entity.Excludes },
                Synonyms = { entity.Synonyms },
            });
        }

        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var created = await new BalancerService.BalancerServiceClient(mesh.Invoker).CreateVocabularyAsync(request,
            cancellationToken: cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
            $"Added as {created.Vocabulary.Name}, digest {created.Vocabulary.Digest}");
    }

    /// <summary>
    /// Calls its action at once and on the caller's thread; <see cref="Progress{T}"/> would post each call to the thread pool.
    /// </summary>
    private sealed class SynchronousProgress(Action<VocabularyBuildProgress> show) : IProgress<VocabularyBuildProgress>
    {
        public void Report(VocabularyBuildProgress value) => show(value);
    }
}
