using System.Collections;
using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>Makes the spec of an evaluation from the options of <c>evaluate</c>.</summary>
internal static class EvaluationSpecFactory
{
    public const string ZeroShot = "zero-shot";
    public const string Grounding = "grounding";
    public const string FineTune = "fine-tune";
    public const string Segmentation = "segmentation";
    public const string Distribution = "distribution";

    /// <summary>The options besides those that name data.</summary>
    internal sealed record Arguments(string Model, string Against, IReadOnlyList<string> Findings, ulong Seed, FileInfo? Spec);

    /// <exception cref="MeshException">INVALID_FIELD: the task is unknown, or the YAML has fields that it lacks.</exception>
    public static async Task<EvaluationSpec> CreateAsync(string task, Arguments arguments, ParseResult parsed,
        DataArgumentResolver names, CancellationToken cancellation)
    {
        var yaml = arguments.Spec is null ? null : await PathArgumentValidator.ReadTextAsync("--spec", arguments.Spec, cancellation);
        return task switch
        {
            ZeroShot => new EvaluationSpec { ZeroShot = CreateZeroShot(arguments, parsed, names, yaml) },
            Grounding => new EvaluationSpec { Grounding = CreateGrounding(arguments, parsed, names, yaml) },
            FineTune => new EvaluationSpec { FineTune = CreateFineTune(arguments, parsed, names, yaml) },
            Segmentation => new EvaluationSpec { Segmentation = CreateSegmentation(arguments, parsed, names, yaml) },
            Distribution => new EvaluationSpec { Distribution = CreateDistribution(arguments, parsed, names, yaml) },
            _ => throw MeshException.Invalid(
                "--task",
                $"Unknown task '{task}'. The tasks are {ZeroShot}, {Grounding}, {FineTune}, {Segmentation} and {Distribution}."),
        };
    }

    private static ZeroShotTask CreateZeroShot(Arguments arguments, ParseResult parsed, DataArgumentResolver names, string? yaml)
    {
        var task = new ZeroShotTask
        {
            Model = arguments.Model,
            Against = arguments.Against,
            Data = EvaluationDataOptions.ReadDataSource(parsed, names),
            Validation = EvaluationDataOptions.ReadOtherDataSource(parsed, names),
            Seed = arguments.Seed,
            Findings = { arguments.Findings },
        };
        return MergeYaml(task, yaml);
    }

    private static GroundingTask CreateGrounding(Arguments arguments, ParseResult parsed, DataArgumentResolver names, string? yaml)
    {
        var task = new GroundingTask
        {
            Model = arguments.Model,
            Data = EvaluationDataOptions.ReadDataSource(parsed, names),
            Seed = arguments.Seed,
            Findings = { arguments.Findings },
        };
        return MergeYaml(task, yaml);
    }

    private static FineTuneTask CreateFineTune(Arguments arguments, ParseResult parsed, DataArgumentResolver names, string? yaml)
    {
        var task = new FineTuneTask
        {
            Model = arguments.Model,
            Train = EvaluationDataOptions.ReadDataSource(parsed, names),
            Test = EvaluationDataOptions.ReadOtherDataSource(parsed, names),
            Seed = arguments.Seed,
        };
        return MergeYaml(task, yaml);
    }

    private static SegmentationTask CreateSegmentation(Arguments arguments, ParseResult parsed, DataArgumentResolver names, string? yaml)
    {
        var task = new SegmentationTask
        {
            Model = arguments.Model,
            Data = EvaluationDataOptions.ReadDataSource(parsed, names),
            Seed = arguments.Seed,
        };
        return MergeYaml(task, yaml);
    }

    private static DistributionTask CreateDistribution(Arguments arguments, ParseResult parsed, DataArgumentResolver names, string? yaml)
    {
        var other = EvaluationDataOptions.ReadOtherDataSource(parsed, names)
            ?? throw MeshException.Invalid("--other", "Is missing: give the folder that the data are compared with.");
        var task = new DistributionTask
        {
            Model = arguments.Model,
            Real = EvaluationDataOptions.ReadDataSource(parsed, names),
            Other = other,
            Seed = arguments.Seed,
        };
        return MergeYaml(task, yaml);
    }

    /// <summary>Adds the fields of the YAML to the task.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the task lacks a field of the YAML, or an option gives it too.</exception>
    private static T MergeYaml<T>(T task, string? yaml)
        where T : IMessage<T>, new()
    {
        var yamlFields = yaml is null ? new T() : ProtoYaml.Parse<T>(yaml, "--spec");
        foreach (var field in task.Descriptor.Fields.InDeclarationOrder().Where(f => IsSet(f, task) && IsSet(f, yamlFields)))
            throw MeshException.Invalid("--spec", $"'{field.Name}' is also given by an option. Remove one of the two.");
        task.MergeFrom(yamlFields);
        return task;
    }

    /// <summary>
    /// Whether a field has a value. Always false for a number without presence, such as the seed: its default can't be told from a value.
    /// </summary>
    private static bool IsSet(FieldDescriptor field, IMessage message) => field.HasPresence
        ? field.Accessor.HasValue(message)
        : field.Accessor.GetValue(message) is IList { Count: > 0 } or string { Length: > 0 };
}
