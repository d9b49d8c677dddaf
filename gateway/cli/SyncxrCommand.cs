using System.CommandLine;
using System.CommandLine.Invocation;
using SynCxr.Mesh.Cli.Commands;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Commands.Model;
using SynCxr.Mesh.Cli.Commands.Train;
using SynCxr.Mesh.Cli.Experiments;

namespace SynCxr.Mesh.Cli;

/// <summary>The tree of verbs, and the options that every verb has.</summary>
internal static class SyncxrCommand
{
    public static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Print one JSON object as the last line.",
        Recursive = true,
    };

    public static readonly Option<string[]> SetOption = new("--set")
    {
        Description = "Override a setting of the mesh that this command starts: Section:Key=value. May be given many times.",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<DirectoryInfo?> StateOption = new("--state")
    {
        Description = "State folder of the standalone mesh. Default: ./state, for demo a fresh folder below ./runs.",
        Recursive = true,
    };

    public static readonly Option<string?> MeshOption = new("--mesh")
    {
        Description =
            "Address of a running mesh: http://host:port. Default: the one that `syncxr up` or `syncxr mesh up` started on the state "
            + "folder, else one inside this command.",
        Recursive = true,
    };

    /// <summary>Runs a command line; one that can't be read ends with the exit code of bad input.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken interrupt)
    {
        var parsed = Build().Parse(args);
        if (parsed.Action is not ParseErrorAction)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupt);
        var json = args.Contains(JsonOption.Name);
        if (!json && parsed.CommandResult.Command.Subcommands.Count > 0)
            await parsed.InvokeAsync(cancellationToken: interrupt); // prints what there is to choose from
        return CommandRunner.FailWithBadInput(json, string.Join(" ", parsed.Errors.Select(e => e.Message)));
    }

    public static RootCommand Build()
    {
        foreach (var check in new Option[] { JsonOption, SetOption, StateOption, MeshOption })
            check.Arity = check == SetOption ? ArgumentArity.ZeroOrMore : check.Arity;
        SetOption.AllowMultipleArgumentsPerToken = false;
        return new RootCommand(
            "Makes synthetic chest-X-ray image-report data sets, trains models on them and measures what they are worth.")
        {
            JsonOption,
            SetOption,
            StateOption,
            MeshOption,
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
