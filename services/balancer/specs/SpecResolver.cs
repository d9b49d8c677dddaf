using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>Turns the spec that a client asks for into a resolved and planned data set, or says which field is wrong.</summary>
internal sealed class SpecResolver(SamplingResolver sampling, ModelCatalogue models, IOptions<BalancerOptions> options)
{
    private static readonly string[] _schedulers = ["ddim", "dpm-solver++"];

    /// <summary>Fills in every default, looks up models and vocabulary, and plans the entity sets.</summary>
    /// <exception cref="MeshException">INVALID_FIELD or INFEASIBLE with the path of the first field that can't be met.</exception>
    public async Task<PlannedDataset> ResolveAsync(DatasetSpec? asked, string tenant, CancellationToken cancellation)
    {
        var spec = asked?.Clone() ?? throw MeshException.Invalid("spec", "A spec must be given.");
        var preset = CheckAndFill(spec);
        spec.Preset = preset.Name;
        spec.Draw ??= new V1.SamplingSpec();
        spec.Report ??= new ReportSettings();
        spec.Image ??= new ImageSettings();
        spec.Curation ??= new CurationSettings();

        var generator = await models.GeneratorAsync(spec.Image.Model, "spec.image.model", cancellation);
        FillImage(spec.Image, generator);
        var source = await sampling.ResolveAsync(
            spec.Draw, preset, "spec.draw", (spec.Pairs, "spec.pairs"), spec.Seed,
            () => Task.FromResult<IReadOnlyList<string>>(generator.Depicts), tenant, cancellation);
        var (writer, checker) = await models.WriterAsync(spec.Report.Model, "spec.report.model", cancellation);
        var judge = await models.JudgeAsync(spec.Curation.Model, "spec.curation.model", cancellation);
        FillReport(spec.Report, preset, writer);
        spec.Curation.Model = judge.Name;

        var plan = SetPlanner.Plan(source.Request, cancellation);
        spec.Draw = source.Spec;
        spec.Draw.UsageCap = plan.UsageCap;
        var resolved = Resolve(spec, source, writer, checker, generator, judge);
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
            EnginesJson = WriteEngines(writer, checker, generator, judge),
        };
        return new PlannedDataset(dataset, plan);
    }

    private static ResolvedSpec Resolve(
        DatasetSpec spec, SamplingSource source, ModelDescription writer, ModelDescription checker, ModelDescription generator,
        ModelDescription judge) =>
        new()
        {
            Pairs = spec.Pairs,
            Seed = spec.Seed.ToString(CultureInfo.InvariantCulture),
            Draw = new ResolvedSampling(
                source.Vocabulary.Name, source.Vocabulary.Digest, spec.Draw.FindingsPerSet, spec.Draw.AnatomyPerSet, spec.Draw.UsageCap,
                spec.Draw.UsageRatio, SnakeCase(spec.Draw.Sampling), SnakeCase(spec.Draw.Scope),
                SamplingResolver.ScopeDigest(source.Depicted)),
            Report = new ResolvedReport(
                Identity(writer), Identity(checker), SnakeCase(spec.Report.Impression), SnakeCase(spec.Report.Matching),
                spec.Report.MaxAttempts),
            Image = new ResolvedImage(
                Identity(generator), spec.Image.Width, spec.Image.Height, spec.Image.Steps, spec.Image.Guidance, spec.Image.Scheduler,
                spec.Image.HasNativeSize ? spec.Image.NativeSize : null),
            Curation = new ResolvedCuration(Identity(judge), spec.Curation.AcceptAll),
            MaxAttempts = spec.MaxAttempts,
            ShardSize = spec.ShardSize,
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
        CheckRange(spec.MaxAttempts, 1, 50, "spec.max_attempts");
        CheckRange(spec.ShardSize, 1, 100_000, "spec.shard_size");
        if (spec.Train is { Recipe: "" })
            throw MeshException.Invalid("spec.train.recipe", "is empty");
        if (spec.Train is { ModelName: "" })
            throw MeshException.Invalid("spec.train.model_name", "is empty");
        if (spec.Train is not null)
            FollowUpEvaluations.Read(spec.Train, "spec.train");
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
        if (!image.HasSteps)
            image.Steps = defaults.HasSteps ? defaults.Steps : throw NoDefault("steps");
        if (!image.HasGuidance)
            image.Guidance = defaults.HasGuidance ? defaults.Guidance : throw NoDefault("guidance");
        if (image.Scheduler.Length == 0)
            image.Scheduler = defaults.Scheduler.Length > 0 ? defaults.Scheduler : _schedulers[1];
        if (!image.HasNativeSize && defaults.HasNativeSize)
            image.NativeSize = defaults.NativeSize;
        ImageSettingsValidator.Check(image, generator);
        if (!(image.Guidance is >= 1 and <= 50))
            throw MeshException.Invalid("spec.image.guidance", "must be 1 to 50");
        if (!_schedulers.Contains(image.Scheduler))
            throw MeshException.Invalid("spec.image.scheduler", $"'{image.Scheduler}' is none of {string.Join(", ", _schedulers)}");

        MeshException NoDefault(string name) =>
            MeshException.Invalid($"spec.image.{name}", $"must be given: {generator.Name} has no default for it");
    }

    private static void CheckRange(long value, long from, long to, string field)
    {
        if (value < from || value > to)
            throw MeshException.Invalid(field, $"must be {from} to {to}");
    }

    private static ModelIdentity Identity(ModelDescription model) => new(model.Name, model.Version, model.Digest, model.Engine);

    private static string WriteEngines(params ModelDescription[] used) =>
        System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(new JsonArray(
    [
        .. used.Select(m => (JsonNode)new JsonObject
        {
            ["kind"] = ModelKindMapping.ToName(m.Kind),
            ["model"] = m.Name,
            ["engine"] = m.Engine,
            ["deterministic"] = m.Deterministic,
            ["fingerprint"] = m.Fingerprint,
            ["untrained"] = new JsonArray([.. m.Untrained.Select(u => (JsonNode)u)]),
        }),
    ])));

    private static string SnakeCase(Enum value) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
