using System.CommandLine;
using System.CommandLine.Invocation;
using SynCxr.Mesh.Cli.Commands;
using SynCxr.Mesh.Cli.Commands.Alignment;
using SynCxr.Mesh.Cli.Commands.Bank;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Commands.Image;
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

    public static readonly Option<FileInfo?> TokenFileOption = new("--token-file")
    {
        Description = "File whose text is the bearer token for the mesh, read again for each call. Default: the one that the environment "
            + "variable SYNCXR_TOKEN_FILE names; none where it isn't set.",
        Recursive = true,
    };

    public static readonly Option<FileInfo?> CaFileOption = new("--ca-file")
    {
        Description = "PEM file of the certificate authority to trust, alone, where the mesh is at an https address. Default: the one that "
            + "the environment variable SYNCXR_CA_FILE names; this machine's authorities where it isn't set.",
        Recursive = true,
    };

    /// <summary>The options that say which mesh is called, as whom, and who is trusted: for a command that calls none.</summary>
    public static IReadOnlyList<Option> ConnectionOptions { get; } = [MeshOption, TokenFileOption, CaFileOption];

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>; that of bad input where the command line can't be parsed.</returns>
    public static async Task<int> RunAsync(string[] args, CancellationToken interrupt)
    {
        var root = Build();
        var parsed = root.Parse(args);
        var problem = CommandLineValidator.FindProblem(parsed);
        if (problem is null && parsed.Action is not ParseErrorAction)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupt);
        var json = args.Contains(JsonOption.Name);
        if (!json && problem is null && parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
            await root.Parse([.. args, "--help"]).InvokeAsync(cancellationToken: interrupt); // shows what there is to choose from
        return CommandRunner.Fail(json, problem ?? CommandLineValidator.DescribeParseErrors(parsed));
    }

    public static RootCommand Build()
    {
        SetOption.Arity = ArgumentArity.OneOrMore;
        SetOption.AllowMultipleArgumentsPerToken = false;
        return new RootCommand(
            "Makes synthetic chest-X-ray image-report data sets, trains models on them and measures what they are worth.")
        {
            JsonOption,
            SetOption,
            StateOption,
            MeshOption,
            TokenFileOption,
            CaFileOption,
            DemoCommand.Build(),
            UpCommand.Build(),
            MeshCommand.Build(),
            DatasetCommand.Build(),
            GenerateCommand.Build(),
            ReportCommand.Build(),
            VocabularyCommand.Build(),
            TrainCommand.Build(),
            TrainingCommand.Build(),
            EvaluateCommand.Build(),
            EvaluationCommand.Build(),
            ExperimentCommand.Build(),
            ModelCommand.Build(),
            BankCommand.Build(),
            AlignmentCommand.Build(),
            ImageCommand.Build(),
        };
    }
}
