using System.CommandLine;
using Google.Protobuf;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Storage.Json;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary>The spec of each task of <c>evaluate</c>.</summary>
internal static class EvaluateTasks
{
    public const string ZeroShot = "zero-shot", Grounding = "grounding", FineTune = "fine-tune", Segmentation = "segmentation", Distribution = "distribution";

    /// <summary>What was said on the command line besides the data.</summary>
    internal sealed record Asked(string Model, string Against, IReadOnlyList<string> Findings, ulong Seed, FileInfo? Spec);

    /// <exception cref="MeshException">INVALID_FIELD: no such task, or fields that it does not have.</exception>
    public static async Task<EvaluationSpec> SpecAsync(string task, Asked asked, ParseResult parsed, CancellationToken cancellation)
    {
        var yaml = asked.Spec is null ? null : await GivenPath.ReadAsync("--spec", asked.Spec, cancellation);
        return task switch
        {
            ZeroShot => new EvaluationSpec { ZeroShot = OfZeroShot(asked, parsed, yaml) },
            Grounding => new EvaluationSpec { Grounding = OfGrounding(asked, parsed, yaml) },
            FineTune => new EvaluationSpec { FineTune = OfFineTune(asked, parsed, yaml) },
            Segmentation => new EvaluationSpec { Segmentation = OfSegmentation(asked, parsed, yaml) },
            Distribution => new EvaluationSpec { Distribution = OfDistribution(asked, parsed, yaml) },
            _ => throw MeshException.Invalid("--task", $"'{task}' is none of {ZeroShot}, {Grounding}, {FineTune}, {Segmentation}, {Distribution}"),
        };
    }

    private static ZeroShotTask OfZeroShot(Asked asked, ParseResult parsed, string? yaml)
    {
        var task = new ZeroShotTask { Model = asked.Model, Against = asked.Against, Data = EvaluateSources.Data(parsed), Validation = EvaluateSources.Other(parsed), Seed = asked.Seed, Findings = { asked.Findings } };
        task.MergeFrom(Given<ZeroShotTask>(yaml));
        return task;
    }

    private static GroundingTask OfGrounding(Asked asked, ParseResult parsed, string? yaml)
    {
        var task = new GroundingTask { Model = asked.Model, Data = EvaluateSources.Data(parsed), Seed = asked.Seed, Findings = { asked.Findings } };
        task.MergeFrom(Given<GroundingTask>(yaml));
        return task;
    }

    private static FineTuneTask OfFineTune(Asked asked, ParseResult parsed, string? yaml)
    {
        var task = new FineTuneTask { Model = asked.Model, Train = EvaluateSources.Data(parsed), Test = EvaluateSources.Other(parsed), Seed = asked.Seed };
        task.MergeFrom(Given<FineTuneTask>(yaml));
        return task;
    }

    private static SegmentationTask OfSegmentation(Asked asked, ParseResult parsed, string? yaml)
    {
        var task = new SegmentationTask { Model = asked.Model, Data = EvaluateSources.Data(parsed), Seed = asked.Seed };
        task.MergeFrom(Given<SegmentationTask>(yaml));
        return task;
    }

    private static DistributionTask OfDistribution(Asked asked, ParseResult parsed, string? yaml)
    {
        var other = EvaluateSources.Other(parsed) ?? throw MeshException.Invalid("--other", "is missing: the folder that the data are compared with");
        var task = new DistributionTask { Model = asked.Model, Real = EvaluateSources.Data(parsed), Other = other, Seed = asked.Seed };
        task.MergeFrom(Given<DistributionTask>(yaml));
        return task;
    }

    private static T Given<T>(string? yaml)
        where T : IMessage<T>, new() => yaml is null ? new T() : ProtoYaml.Parse<T>(yaml, "--spec");
}
