using System.CommandLine;
using System.CommandLine.Invocation;
using SynCxr.Mesh.Cli.Commands;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Commands.Model;
using SynCxr.Mesh.Cli.Commands.Train;
using SynCxr.Mesh.Cli.Experiments;

namespace SynCxr.Mesh.Cli;

/// <summary>The root command <c>syncxr</c>, its subcommands, and the options that all of them have.</summary>
internal static class SyncxrCommand
{
    public static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Print the result, or the error, as one JSON object in the last line; no tables.",
        Recursive = true,
    };

    public static readonly Option<string[]> SetOption = new("--set")
    {
        Description = "Override a setting of the mesh that this command starts: Section:Key=value. Repeat it for several settings.",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<DirectoryInfo?> StateOption = new("--state")
    {
        Description =
            "Folder in which the mesh keeps its databases, images and data sets. Default: ./state; for demo a new folder below ./runs.",
        Recursive = true,
    };

    public static readonly Option<string?> MeshOption = new("--mesh")
    {
        Description =
            "Address of a running mesh: http://host:port. Default: the mesh that `syncxr up` or `syncxr mesh up` runs on the state folder; "
            + "if there is none, one inside this command.",
        Recursive = true,
    };

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>; that of bad input where the command line can't be parsed.</returns>
    public static async Task<int> RunAsync(string[] args, CancellationToken interrupt)
    {
        var parsed = Build().Parse(args);
        if (parsed.Action is not ParseErrorAction)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupt);
        var json = args.Contains(JsonOption.Name);
        if (!json && parsed.CommandResult.Command.Subcommands.Count > 0)
            await parsed.InvokeAsync(cancellationToken: interrupt); // prints the help of the command: what there is to choose from
        return CommandRunner.FailWithBadInput(json, string.Join(" ", parsed.Errors.Select(e => e.Message)));
    }

    public static RootCommand Build()
    {
        SetOption.Arity = ArgumentArity.ZeroOrMore;
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
