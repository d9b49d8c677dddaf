using System.Globalization;
using Google.Protobuf;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Commands.Train;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>
/// The paper's main table in miniature: each method on each arm, in equal steps and with several seeds, compared on the same held-out
/// radiographs. Every step is a resource of the mesh that is made under a request id of its own, so that a second run on the same state
/// folder finds what the first one made.
/// </summary>
/// <param name="data">Folder of the real radiographs.</param>
/// <param name="nih">NIH ChestX-ray14, for the full size; null leaves it out.</param>
internal sealed class RealVersusSyntheticExperiment(MeshConnection mesh, string data, RealDataSplit? nih, ExperimentSize size, bool json)
{
    private const string Vocabulary = "vocabularies/chest-xray";
    private readonly BalancerService.BalancerServiceClient _balancer = new(mesh.Invoker);
    private readonly DatasetService.DatasetServiceClient _datasets = new(mesh.Invoker);
    private readonly TrainerService.TrainerServiceClient _trainer = new(mesh.Invoker);
    private readonly EvaluatorService.EvaluatorServiceClient _evaluator = new(mesh.Invoker);

    public async Task<ExperimentResults> RunAsync(CancellationToken cancellation)
    {
        var results = new ExperimentResults(size, data, nih);
        var real = RealDataSplit.Kermany(data);
        await RunAsync(ExperimentSetup.RealOrSynthetic(real), results, cancellation);
        results.Distribution = await MeasureDistributionAsync(real, results, cancellation);
        if (size == ExperimentSize.Full)
        {
            foreach (var setup in ExperimentSetup.FurtherComparisons(real, nih, await ListDepictedFindingsAsync(cancellation)))
                await RunAsync(setup, results, cancellation);
        }

        return results;
    }

    /// <summary>The page, with the plots of every evaluation in it.</summary>
    public async Task<string> WritePageAsync(ExperimentResults results, CancellationToken cancellation)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var artifact in results.Evaluations.SelectMany(e => e.Artifacts).Where(a => a.MediaType == "image/svg+xml"))
            files[artifact.Name] = await EvaluationWatcher.ReadArtifactAsync(_evaluator, artifact, cancellation);
        return ExperimentPageWriter.Write(results, files);
    }

    /// <summary>Ids of the findings of the shipped vocabulary that some generator can render, in its order.</summary>
    private async Task<IReadOnlyList<string>> ListDepictedFindingsAsync(CancellationToken cancellation)
    {
        var ids = new List<string>();
        var request = new ListEntitiesRequest { Vocabulary = Vocabulary };
        do
        {
            var page = await _balancer.ListEntitiesAsync(request, cancellationToken: cancellation);
            ids.AddRange(page.Entities.Where(e => e.Type != EntityType.Anatomy && e.DepictedBy.Count > 0).Select(e => e.Id));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return ids;
    }

    private async Task RunAsync(ExperimentSetup setup, ExperimentResults results, CancellationToken cancellation)
    {
        var synthetic = new List<(string Name, DataSource Source)>();
        foreach (var variant in setup.Synthetic)
        {
            var dataset = await CreateDatasetAsync(variant, cancellation);
            results.Add(variant.Name, dataset);
            synthetic.Add((variant.Name, SealedDataSource(dataset)));
        }

        var arms = setup.CreateArms(synthetic);
        foreach (var recipe in setup.Recipes)
        {
            var groups = new List<ModelGroup>();
            foreach (var arm in arms)
            {
                var group = new ModelGroup { Name = arm.Name };
                for (var seed = 1; seed <= size.Seeds; seed++)
                {
                    var run = await TrainAsync(new ExperimentRun(recipe, arm, seed), results, cancellation);
                    group.Models.Add("models/" + run.Spec.ModelName);
                }

                groups.Add(group);
            }

            results.Add(setup.Name, recipe, await CompareAsync(setup.Real, groups, cancellation));
        }
    }

    /// <summary>Real training data against the synthetic set.</summary>
    private Task<Evaluation> MeasureDistributionAsync(RealDataSplit real, ExperimentResults results, CancellationToken cancellation) =>
        EvaluateAsync(
            "distribution",
            new EvaluationSpec
            {
                Distribution = new DistributionTask
                {
                    Real = real.Train,
                    Other = SealedDataSource(results.Datasets[0].Dataset),
                    Seed = 1,
                    Resamples = Math.Min(200, size.Resamples),
                },
            },
            cancellation);

    private static DataSource SealedDataSource(ImageReportDataset dataset) => new() { Layout = "dataset", Name = dataset.Name };

    /// <summary>Makes the synthetic data set, or finds the one that an earlier run made of the same spec.</summary>
    private async Task<ImageReportDataset> CreateDatasetAsync(SyntheticVariant variant, CancellationToken cancellation)
    {
        var spec = variant.CreateSpec(size.Pairs);
        var created = await _datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, RequestId = RequestId("dataset", spec) },
            cancellationToken: cancellation);
        ConsoleWriter.WriteLine(json,
            string.Create(CultureInfo.InvariantCulture,
                $"synthetic data set '{variant.Name}': {created.Dataset.Name}, {spec.Pairs} pairs"));
        var dataset = created.Dataset.State == DatasetState.Sealed
            ? created.Dataset : await DatasetWatcher.FollowAsync(_datasets, created.Dataset.Name, cancellation, hasBegun: true);
        return dataset.State == DatasetState.Sealed
            ? dataset
            : throw new MeshException(ErrorReasons.WrongState,
                $"{dataset.Name} is {StateFormatter.Format(dataset.State)}: {dataset.Failure?.Message}");
    }

    private async Task<TrainingRun> TrainAsync(ExperimentRun run, ExperimentResults results, CancellationToken cancellation)
    {
        var spec = new TrainingSpec
        {
            Recipe = run.Recipe,
            Preset = "tiny",
            ModelName = run.ModelName(size.Series),
            Seed = (ulong)run.Seed,
            Steps = size.Steps,
            Sources = { run.Arm.Sources },
        };
        var created = await _trainer.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec, RequestId = RequestId("training", spec) },
            cancellationToken: cancellation);
        var done = await TrainingWatcher.FollowAsync(_trainer, created.Training.Name, spec.ModelName, cancellation, hasBegun: true);
        if (done.State != TrainingState.Succeeded)
            throw new MeshException(ErrorReasons.WrongState,
                $"{done.Name} ({spec.ModelName}) is {StateFormatter.Format(done.State)}: {done.Failure?.Message}");
        results.Add(run, done);
        results.Curves[done.Name] = await TrainingWatcher.ReadCurveAsync(_trainer, done.Name, cancellation);
        return done;
    }

    private Task<Evaluation> CompareAsync(RealDataSplit real, List<ModelGroup> groups, CancellationToken cancellation)
    {
        var task = new ComparisonTask { Data = real.Valid, Findings = { real.Findings }, Seed = 1, Resamples = size.Resamples };
        task.Groups.Add(groups);
        return EvaluateAsync("comparison", new EvaluationSpec { Comparison = task }, cancellation);
    }

    private async Task<Evaluation> EvaluateAsync(string kind, EvaluationSpec spec, CancellationToken cancellation)
    {
        var created = await _evaluator.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec, RequestId = RequestId(kind, spec) },
            cancellationToken: cancellation);
        var done = await EvaluationWatcher.FollowAsync(_evaluator, created.Evaluation.Name, cancellation, hasBegun: true);
        return done.State == EvaluationState.Succeeded ? done : throw EvaluationWatcher.ToException(done);
    }

    /// <summary>The same spec has the same request id, so that a second request returns what the first one made.</summary>
    private static string RequestId(string kind, IMessage spec) => $"experiment-{kind}-{Sha256Digest.HexOf(spec.ToByteArray())[..32]}";
}
