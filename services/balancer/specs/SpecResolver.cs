using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>A spec with every default filled in, and its plan.</summary>
/// <param name="Filled">The spec as the client gets it back.</param>
/// <param name="Depicts">The vocabulary's findings that the generator can draw, whatever the scope.</param>
/// <param name="EnginesJson">Fingerprints of the engines, canonical JSON.</param>
internal sealed record PlannedDataset(DatasetSpec Filled, ResolvedSpec Spec, string Digest, SamplingSource Draw, SamplingPlan Plan,
    IReadOnlyList<string> Depicts, string EnginesJson);

/// <summary>Turns what a client asks for into what the digest is taken of, or says which field is wrong.</summary>
internal sealed class SpecResolver(SamplingResolver draws, ModelCatalogue models, IOptions<BalancerOptions> options)
{
    private static readonly string[] _schedulers = ["ddim", "dpm-solver++"];

    public async Task<PlannedDataset> ResolveAsync(DatasetSpec? asked, string tenant, CancellationToken cancellation)
    {
        var filled = asked?.Clone() ?? throw MeshException.Invalid("spec", "is missing");
        var preset = Check(filled);
        filled.Preset = preset.Name;
        filled.Draw ??= new V1.SamplingSpec();
        filled.Report ??= new ReportSettings();
        filled.Image ??= new ImageSettings();
        filled.Curation ??= new CurationSettings();

        var generator = await models.GeneratorAsync(filled.Image.Model, "spec.image.model", cancellation);
        FillImage(filled.Image, generator);
        var draw = await draws.ResolveAsync(
            filled.Draw, preset, "spec.draw", (filled.Pairs, "spec.pairs"), filled.Seed,
            () => Task.FromResult<IReadOnlyList<string>>(generator.Depicts), tenant, cancellation);
        var (writer, checker) = await models.WriterAsync(filled.Report.Model, "spec.report.model", cancellation);
        var judge = await models.JudgeAsync(filled.Curation.Model, "spec.curation.model", cancellation);
        FillReport(filled.Report, preset, writer);
        filled.Curation.Model = judge.Name;

        var plan = SetPlanner.Plan(draw.Request, cancellation);
        filled.Draw = draw.Filled;
        filled.Draw.UsageCap = plan.UsageCap;
        draw = draw with { Request = draw.Request with { UsageCap = plan.UsageCap } };
        var spec = new ResolvedSpec
        {
            Pairs = filled.Pairs,
            Seed = filled.Seed.ToString(CultureInfo.InvariantCulture),
            Draw = new ResolvedSampling(
                draw.Vocabulary.Name, draw.Vocabulary.Digest, filled.Draw.FindingsPerSet, filled.Draw.AnatomyPerSet, plan.UsageCap,
                filled.Draw.UsageRatio, SnakeCase(filled.Draw.Sampling), SnakeCase(filled.Draw.Scope),
                SamplingResolver.ScopeDigest(draw.Depicted)),
            Report = new ResolvedReport(Identity(writer), Identity(checker), SnakeCase(filled.Report.Impression),
                SnakeCase(filled.Report.Matching), filled.Report.MaxAttempts),
            Image = new ResolvedImage(
                Identity(generator), filled.Image.Width, filled.Image.Height, filled.Image.Steps, filled.Image.Guidance,
                filled.Image.Scheduler,
                filled.Image.HasNativeSize ? filled.Image.NativeSize : null),
            Curation = new ResolvedCuration(Identity(judge), filled.Curation.AcceptAll),
            MaxAttempts = filled.MaxAttempts,
            ShardSize = filled.ShardSize,
            Train = filled.Train is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(filled.Train)),
        };
        var known = generator.Depicts.ToHashSet(StringComparer.Ordinal);
        string[] depicts = [.. draw.Vocabulary.Entities.Where(e => e.IsFinding && known.Contains(e.Id)).Select(e => e.Id)];
        return new PlannedDataset(filled, spec, Sha256Digest.HexOf(spec.ToCanonicalJson()), draw, plan, depicts,
            WriteEngines(writer, checker, generator, judge));
    }

    private SpecPreset Check(DatasetSpec spec)
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
