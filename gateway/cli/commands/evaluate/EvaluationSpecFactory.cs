using System.Collections;
using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>The spec of each task of <c>evaluate</c>.</summary>
internal static class EvaluationSpecFactory
{
    public const string ZeroShot = "zero-shot", Grounding = "grounding", FineTune = "fine-tune", Segmentation = "segmentation",
        Distribution = "distribution";

    /// <summary>What was said on the command line besides the data.</summary>
    internal sealed record Arguments(string Model, string Against, IReadOnlyList<string> Findings, ulong Seed, FileInfo? Spec);

    /// <exception cref="MeshException">INVALID_FIELD: no such task, or fields that it does not have.</exception>
    public static async Task<EvaluationSpec> CreateAsync(string task, Arguments asked, ParseResult parsed, CancellationToken cancellation)
    {
        var yaml = asked.Spec is null ? null : await PathArgumentValidator.ReadTextAsync("--spec", asked.Spec, cancellation);
        return task switch
        {
            ZeroShot => new EvaluationSpec { ZeroShot = CreateZeroShot(asked, parsed, yaml) },
            Grounding => new EvaluationSpec { Grounding = CreateGrounding(asked, parsed, yaml) },
            FineTune => new EvaluationSpec { FineTune = CreateFineTune(asked, parsed, yaml) },
            Segmentation => new EvaluationSpec { Segmentation = CreateSegmentation(asked, parsed, yaml) },
            Distribution => new EvaluationSpec { Distribution = CreateDistribution(asked, parsed, yaml) },
            _ => throw MeshException.Invalid("--task",
                $"'{task}' is none of {ZeroShot}, {Grounding}, {FineTune}, {Segmentation}, {Distribution}"),
        };
    }

    private static ZeroShotTask CreateZeroShot(Arguments asked, ParseResult parsed, string? yaml)
    {
        var task = new ZeroShotTask
        {
            Model = asked.Model,
            Against = asked.Against,
            Data = EvaluationDataOptions.ReadDataSource(parsed),
            Validation = EvaluationDataOptions.ReadOtherDataSource(parsed),
            Seed = asked.Seed,
            Findings = { asked.Findings },
        };
        return MergeYaml(task, yaml);
    }

    private static GroundingTask CreateGrounding(Arguments asked, ParseResult parsed, string? yaml)
    {
        var task = new GroundingTask
        {
            Model = asked.Model,
            Data = EvaluationDataOptions.ReadDataSource(parsed),
            Seed = asked.Seed,
            Findings = { asked.Findings },
        };
        return MergeYaml(task, yaml);
    }

    private static FineTuneTask CreateFineTune(Arguments asked, ParseResult parsed, string? yaml)
    {
        var task = new FineTuneTask
        {
            Model = asked.Model,
            Train = EvaluationDataOptions.ReadDataSource(parsed),
            Test = EvaluationDataOptions.ReadOtherDataSource(parsed),
            Seed = asked.Seed,
        };
        return MergeYaml(task, yaml);
    }

    private static SegmentationTask CreateSegmentation(Arguments asked, ParseResult parsed, string? yaml)
    {
        var task = new SegmentationTask { Model = asked.Model, Data = EvaluationDataOptions.ReadDataSource(parsed), Seed = asked.Seed };
        return MergeYaml(task, yaml);
    }

    private static DistributionTask CreateDistribution(Arguments asked, ParseResult parsed, string? yaml)
    {
        var other = EvaluationDataOptions.ReadOtherDataSource(parsed)
            ?? throw MeshException.Invalid("--other", "is missing: the folder that the data are compared with");
        var task = new DistributionTask
        {
            Model = asked.Model,
            Real = EvaluationDataOptions.ReadDataSource(parsed),
            Other = other,
            Seed = asked.Seed,
        };
        return MergeYaml(task, yaml);
    }

    /// <summary>The task with the further fields of the YAML.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a field that the task has not, or that the command line gives.</exception>
    private static T MergeYaml<T>(T task, string? yaml)
        where T : IMessage<T>, new()
    {
        var further = yaml is null ? new T() : ProtoYaml.Parse<T>(yaml, "--spec");
        foreach (var field in task.Descriptor.Fields.InDeclarationOrder().Where(f => IsSet(f, task) && IsSet(f, further)))
            throw MeshException.Invalid("--spec", $"'{field.Name}' is given on the command line");
        task.MergeFrom(further);
        return task;
    }

    /// <summary>Never for a number that can't tell its default from nothing: the seed.</summary>
    private static bool IsSet(FieldDescriptor field, IMessage message) => field.HasPresence
        ? field.Accessor.HasValue(message)
        : field.Accessor.GetValue(message) is IList { Count: > 0 } or string { Length: > 0 };
}
