using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Splits;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>Turns the spec that a client asks for into a resolved and planned data set, or says which field is wrong.</summary>
internal sealed class SpecResolver(SamplingResolver sampling, ModelCatalogue models, ImageSettingsRehearsal rehearsal,
    TrainingRehearsal trainings, [FromKeyedServices(BalancerOptions.Section)] ProcessorWorkPool planning, IOptions<BalancerOptions> options)
{
    /// <summary>Fills in every default, looks up models and vocabulary, and plans the entity sets.</summary>
    /// <exception cref="MeshException">INVALID_FIELD or INFEASIBLE with the path of the first field that can't be met.</exception>
    public async Task<PlannedDataset> ResolveAsync(DatasetSpec? asked, string tenant, ServerCallContext call)
    {
        var cancellation = call.CancellationToken;
        var spec = asked?.Clone() ?? throw MeshException.Invalid("spec", "A spec must be given.");
        var preset = CheckAndFill(spec);
        spec.Preset = preset.Name;
        spec.Draw ??= new V1.SamplingSpec();
        spec.Report ??= new ReportSettings();
        spec.Image ??= new ImageSettings();
        spec.Curation ??= new CurationSettings();

        var generator = await models.GeneratorAsync(spec.Image.Model, "spec.image.model", cancellation);
        FillImage(spec.Image, generator);
        await rehearsal.CheckAsync(spec.Image, cancellation);
        if (spec.Train is not null)
            await trainings.CheckAsync(spec.Train, cancellation);
        var source = await sampling.ResolveAsync(
            spec.Draw, preset, "spec.draw", (spec.Pairs, "spec.pairs"), spec.Seed,
            () => Task.FromResult(generator), tenant, cancellation);
        var reports = await models.ReportModelsAsync(spec.Report, "spec.report", cancellation);
        var curation = await models.CurationModelsAsync(spec.Curation, "spec.curation", cancellation);
        var judge = curation.Judge;
        FillReport(spec.Report, preset, reports.Writer);
        spec.Curation.Model = judge.Name;
        spec.Curation.Embedding = curation.Encoder?.Name ?? ""; // the judge's own by its name is the default in other words
        CheckMemorisation(spec.Curation, judge, generator);

        var plan = await planning.RunAsync(call, tenant, token => SetPlanner.Plan(source.Request, token));
        spec.Draw = source.Spec;
        spec.Draw.UsageCap = plan.UsageCap;
        var resolved = Resolve(spec, source, reports, generator, curation);
        var depicted = generator.Depicts.ToHashSet(StringComparer.Ordinal);
        depicted.IntersectWith(source.Vocabulary.Entities.Where(e => e.IsFinding).Select(e => e.Id));
        var dataset = new ResolvedDataset
        {
            Tenant = tenant,
            Spec = spec,
            Resolved = resolved,
            SpecDigest = resolved.Digest,
            Vocabulary = source.Vocabulary,
            Sampling = source.Request with { UsageCap = plan.UsageCap },
            Depicts = depicted,
            EnginesJson = WriteEngines([reports.Writer, .. reports.Checkers, reports.Labeler, generator, judge,
                .. new[] { curation.Encoder, curation.Alignment }.OfType<ModelDescription>()],
                AlignmentExampleFigures.Count(curation.Examples, resolved.Curation.Alignment)),
        };
        return new PlannedDataset(dataset, plan);
    }

    private static ResolvedSpec Resolve(
        DatasetSpec spec, SamplingSource source, ReportModels reports, ModelDescription generator, CurationModels curation) =>
        new()
        {
            Pairs = spec.Pairs,
            Seed = spec.Seed.ToString(CultureInfo.InvariantCulture),
            Draw = new ResolvedSampling(
                source.Vocabulary.Name, source.Vocabulary.Digest, spec.Draw.FindingsPerSet, spec.Draw.AnatomyPerSet, spec.Draw.UsageCap,
                spec.Draw.UsageRatio, SnakeCase(spec.Draw.Sampling), SnakeCase(spec.Draw.Scope),
                SamplingResolver.ScopeDigest(source.Depicted))
            {
                Weights = spec.Draw.Weights.Count == 0
                    ? null : spec.Draw.Weights.ToDictionary(w => w.Entity, w => w.Weight, StringComparer.Ordinal),
            },
            Report = new ResolvedReport(
                Identity(reports.Writer), Identity(reports.Checkers[0]), SnakeCase(spec.Report.Impression), SnakeCase(spec.Report.Matching),
                spec.Report.MaxAttempts)
            {
                Labeler = Identity(reports.Labeler),
                FurtherCheckers = reports.Checkers.Count == 1 ? null : [.. reports.Checkers.Skip(1).Select(Identity)],
            },
            Image = ImageSettingsMapping.ToResolved(spec.Image, Identity(generator)),
            Curation = new ResolvedCuration(Identity(curation.Judge), spec.Curation.AcceptAll)
            {
                Embedding = curation.Encoder is { } encoder ? Identity(encoder) : null,
                Bank = curation.Bank is { } bank ? new ResolvedBank(bank.Name, bank.Digest, bank.Threshold) : null,
                Alignment = curation.Alignment is { } alignment ? new ResolvedAlignment(Identity(alignment))
                {
                    Threshold = spec.Curation.HasAlignmentThreshold ? spec.Curation.AlignmentThreshold : null,
                } : null,
                Memorisation = FindMemorisationCheck(curation.Judge, generator) switch
                {
                    null => ResolvedCuration.NotChecked,
                    { IndexDigest: { Length: > 0 } digest } => ResolvedCuration.DescribeIndex(digest),
                    _ => null,
                },
            },
            MaxAttempts = spec.MaxAttempts,
            ShardSize = spec.ShardSize,
            Splits = SplitSettingsMapping.ToResolved(spec.Splits),
            Train = spec.Train is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(spec.Train)),
        };

    private SpecPreset CheckAndFill(DatasetSpec spec)
    {
        var preset = SpecPresetNames.Get(spec.Preset);
        if (spec.Title.Length > 200)
            throw MeshException.Invalid("spec.title", "must be at most 200 characters");
        if (spec.Pairs < 1 || spec.Pairs > options.Value.MaxPairs)
            throw MeshException.Invalid("spec.pairs", $"is {spec.Pairs}; 1 to {options.Value.MaxPairs} is wanted (Balancer:MaxPairs)");
        if (!spec.HasMaxAttempts)
            spec.MaxAttempts = 8;
        if (!spec.HasShardSize)
            spec.ShardSize = 1000;
        CheckAlignment(spec.Curation);
        CheckRange(spec.MaxAttempts, 1, 50, "spec.max_attempts");
        CheckRange(spec.ShardSize, 1, 100_000, "spec.shard_size");
        SplitSettingsMapping.CheckAndFill(spec.Splits, spec.Pairs, "spec.splits");
        if (spec.Train is not null)
            TrainingSpecRules.Check(spec.Train, "spec.train");
        return preset;
    }

    private static void FillReport(ReportSettings report, SpecPreset preset, ModelDescription writer)
    {
        report.Model = writer.Name;
        report.Impression = SamplingResolver.KnownOrDefault(report.Impression, preset.Impression, "spec.report.impression");
        report.Matching = SamplingResolver.KnownOrDefault(report.Matching, Matching.Strict, "spec.report.matching");
        if (!report.HasMaxAttempts)
            report.MaxAttempts = 5;
        CheckRange(report.MaxAttempts, 1, 20, "spec.report.max_attempts");
    }

    private static void FillImage(ImageSettings image, ModelDescription generator)
    {
        image.Model = generator.Name;
        var defaults = generator.ImageDefaults ?? new ImageDefaults();
        if (!image.HasWidth)
            image.Width = defaults.HasWidth ? defaults.Width : throw NoDefault("width");
        if (!image.HasHeight)
            image.Height = defaults.HasHeight ? defaults.Height : throw NoDefault("height");
        if (image.Sampling is { } given && given.Equals(new SamplingSettings()))
            image.Sampling = null; // Nothing set is the same spec as nothing given.
        if (!image.HasSteps && image.Sampling is not ({ Timesteps.Count: > 0 } or { Sigmas.Count: > 0 }))
            image.Steps = defaults.HasSteps ? defaults.Steps : throw NoDefault("steps");
        if (!image.HasGuidance)
            image.Guidance = defaults.HasGuidance ? defaults.Guidance : throw NoDefault("guidance");
        if (image.Scheduler.Length == 0)
            image.Scheduler = defaults.Scheduler.Length > 0 ? defaults.Scheduler : throw NoDefault("scheduler");
        if (!image.HasNativeSize && defaults.HasNativeSize)
            image.NativeSize = defaults.NativeSize;
        if (!Enum.IsDefined(image.PromptOverflow))
            throw MeshException.Invalid("spec.image.prompt_overflow", $"is {(int)image.PromptOverflow}; truncate or chunk is wanted");
        if (image.PromptOverflow != PromptOverflow.Chunk)
            image.ClearPromptOverflow(); // Truncating is the default, and the same wish in other words must not change the digest.
        if (image.Channels.Length > 0 && !ImageChannelNames.All.Contains(image.Channels))
            throw MeshException.Invalid("spec.image.channels",
                $"is '{EchoedText.Shorten(image.Channels)}'; {string.Join(" or ", ImageChannelNames.All)} is wanted");
        if (image.Channels == ImageChannelNames.Gray)
            image.Channels = ""; // the default in other words
        ImageSettingsValidator.Check(image, generator);
        if (!(image.Guidance is >= 1 and <= 50))
            throw MeshException.Invalid("spec.image.guidance", "must be 1 to 50");

        MeshException NoDefault(string name) =>
            MeshException.Invalid($"spec.image.{name}", $"must be given: {generator.Name} has no default for it");
    }

    private static void CheckAlignment(CurationSettings? curation)
    {
        const string Field = "spec.curation.alignment_threshold";
        if (curation is not { HasAlignmentThreshold: true, AlignmentThreshold: var threshold })
            return;
        if (!(threshold is >= -1 and <= 1))
            throw MeshException.Invalid(Field, string.Create(CultureInfo.InvariantCulture, $"is {threshold}; -1 to 1 is wanted"));
        if (curation.Alignment.Length == 0)
            throw MeshException.Invalid(Field, "decides nothing without spec.curation.alignment, the image-text model that it is for");
    }

    private static void CheckMemorisation(CurationSettings curation, ModelDescription judge, ModelDescription generator)
    {
        var check = FindMemorisationCheck(judge, generator);
        if (check is null && curation.RequireMemorisationCheck)
            throw MeshException.Invalid("spec.curation.require_memorisation_check",
                $"{judge.Name} has no index of the training images of {generator.Name}. Make one with: syncxr model index {generator.Name} "
                    + "--images FOLDER");
        if (check is { Problem.Length: > 0 })
            throw MeshException.Invalid("spec.curation.model",
                $"The index of the training images of {generator.Name} can't be used: {check.Problem}");
    }

    /// <summary>What the judge says of its index of the generator's training images; null where it has none.</summary>
    private static MemorisationCheck? FindMemorisationCheck(ModelDescription judge, ModelDescription generator) =>
        judge.MemorisationChecks.FirstOrDefault(check => check.Generator == generator.Name && check.HasIndex);

    private static void CheckRange(long value, long from, long to, string field)
    {
        if (value < from || value > to)
            throw MeshException.Invalid(field, $"must be {from} to {to}");
    }

    private static ModelIdentity Identity(ModelDescription model) => new(model.Name, model.Version, model.Digest, model.Engine);

    private static string WriteEngines(IEnumerable<ModelDescription> used, JsonObject? examples) =>
        System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(new JsonArray([.. used.Select(
            m => (JsonNode)DescribeEngine(m, m.Kind == ModelKind.VisionLanguage ? examples : null))])));

    private static JsonObject DescribeEngine(ModelDescription model, JsonObject? examples)
    {
        var engine = new JsonObject
        {
            ["kind"] = ModelKindMapping.ToName(model.Kind),
            ["model"] = model.Name,
            ["engine"] = model.Engine,
            ["deterministic"] = model.Deterministic,
            ["fingerprint"] = model.Fingerprint,
            ["untrained"] = new JsonArray([.. model.Untrained.Select(u => (JsonNode)u)]),
        };
        if (model.Prompts is { } prompts)
            engine["prompts"] = new JsonObject { ["version"] = prompts.Version, ["digest"] = prompts.Digest };
        if (model.Licence.Length > 0)
            engine[ResolvedDataset.LicenceKey] = model.Licence;
        if (model.Attribution.Count > 0)
            engine[ResolvedDataset.AttributionKey] = new JsonArray([.. model.Attribution.Select(a => (JsonNode)a)]);
        if (model.TrainedOn.Count > 0)
            engine[ResolvedDataset.TrainedOnKey] = new JsonArray([.. model.TrainedOn.Select(t => (JsonNode)new JsonObject
            {
                ["source"] = t.Source,
                ["images"] = t.Images,
                ["digest"] = t.Digest,
            })]);
        if (model.Kind == ModelKind.LatentDiffusion && model.Depicts.Count == 0)
            engine[ResolvedDataset.DepictsKey] = "not stated";
        if (examples is not null)
            engine[AlignmentExampleFigures.Key] = examples;
        return engine;
    }

    private static string SnakeCase(Enum value) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
