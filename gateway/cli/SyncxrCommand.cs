using System.CommandLine;
using System.CommandLine.Invocation;
using SynCxr.Mesh.Cli.Verbs;

namespace SynCxr.Mesh.Cli;

/// <summary>The tree of verbs, and the options that every verb has.</summary>
internal static class SyncxrCommand
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object as the last line.", Recursive = true };

    public static readonly Option<string[]> Set = new("--set")
    {
        Description = "Override a setting of the mesh that this command starts: Section:Key=value. May be given many times.",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<DirectoryInfo?> State = new("--state")
    {
        Description = "State folder of the standalone mesh. Default: ./state, for demo a fresh folder below ./runs.",
        Recursive = true,
    };

    public static readonly Option<string?> Mesh = new("--mesh")
    {
        Description = "Address of a running mesh: http://host:port. Default: the one that `syncxr up` or `syncxr mesh up` started on the state folder, else one inside this command.",
        Recursive = true,
    };

    /// <summary>Runs a command line; one that can't be read ends with the exit code of bad input.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken interrupt)
    {
        var parsed = Build().Parse(args);
        if (parsed.Action is not ParseErrorAction)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupt);
        var json = args.Contains(Json.Name);
        if (!json && parsed.CommandResult.Command.Subcommands.Count > 0)
            await parsed.InvokeAsync(cancellationToken: interrupt); // prints what there is to choose from
        return Verb.Refuse(json, string.Join(" ", parsed.Errors.Select(e => e.Message)));
    }

    public static RootCommand Build()
    {
        foreach (var check in new Option[] { Json, Set, State, Mesh })
            check.Arity = check == Set ? ArgumentArity.ZeroOrMore : check.Arity;
        Set.AllowMultipleArgumentsPerToken = false;
        return new RootCommand("Makes synthetic chest-X-ray image-report data sets, trains models on them and measures what they are worth.")
        {
            Json,
            Set,
            State,
            Mesh,
            DemoCommand.Build(),
            UpCommand.Build(),
            MeshCommand.Build(),
            DatasetCommand.Build(),
            GenerateCommand.Build(),
            VocabularyCommand.Build(),
            TrainCommand.Build(),
            TrainingCommand.Build(),
            EvaluateCommand.Build(),
            EvaluationCommand.Build(),
            ExperimentCommand.Build(),
            ModelCommand.Build(),
        };
    }
}
