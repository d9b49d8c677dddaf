using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.Vocabulary;
using Curating = SynCxr.Mesh.Curation.V1;
using Drawing = SynCxr.Mesh.Diffusion.V1;
using Writing = SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>The three calls that a pair needs, each a pure function of spec and row. They return what the row then holds.</summary>
internal sealed class PairPeerClient(
    Writing.ReportService.ReportServiceClient reports,
    Drawing.DiffusionService.DiffusionServiceClient images,
    Curating.CurationService.CurationServiceClient curation)
{
    private static readonly JsonFormatter _json = new(
        JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    public async Task<Writing.RadiologyReport> WriteAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation) =>
        (await reports.WriteReportAsync(new Writing.WriteReportRequest { Spec = ReportSpec(dataset, pair) },
            cancellationToken: cancellation)).Report;

    public async Task<Drawing.RenderImageResponse> RenderAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation) =>
        await images.RenderImageAsync(new Drawing.RenderImageRequest { Spec = ImageSpec(dataset, pair) }, cancellationToken: cancellation);

    public async Task<Curating.AssessImageResponse> JudgeAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var request = new Curating.AssessImageRequest
        {
            Image = new Curating.ImageSource { Ref = ImageOf(pair) },
            Generator = dataset.Spec.Image.Generator.Name,
            Model = dataset.Spec.Curation.Judge.Name,
        };
        return await curation.AssessImageAsync(request, cancellationToken: cancellation);
    }

    /// <summary>The report that a pair's attempt asks for.</summary>
    public static Writing.ReportSpec ReportSpec(ResolvedDataset dataset, PairRow pair)
    {
        var spec = new Writing.ReportSpec
        {
            Seed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Report, pair.Attempt),
            Impression = dataset.Filled.Report.Impression,
            Matching = dataset.Filled.Report.Matching,
            MaxAttempts = dataset.Spec.Report.MaxAttempts,
            Model = dataset.Spec.Report.Writer.Name,
        };
        AddEntities(spec, ParseEntities(pair.EntitiesJson), dataset.Vocabulary);
        return spec;
    }

    /// <summary>Names the entities, and defines those that the shipped lexicon lacks.</summary>
    internal static void AddEntities(Writing.ReportSpec spec, IEnumerable<string> ids, EntityVocabulary vocabulary)
    {
        foreach (var id in ids)
        {
            spec.Entities.Add(id);
            if (vocabulary.TryGet(id, out var entity) && !IsShipped(entity))
                spec.Glossary.Add(ToProto(entity));
        }
    }

    /// <summary>The image that a pair's attempt asks for.</summary>
    public static Drawing.ImageSpec ImageSpec(ResolvedDataset dataset, PairRow pair) =>
        ImageSpec(dataset.Spec.Image, pair.Impression, StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Image, pair.Attempt));

    internal static Drawing.ImageSpec ImageSpec(ResolvedImage image, string prompt, ulong seed)
    {
        var spec = new Drawing.ImageSpec
        {
            Prompt = prompt,
            Model = image.Generator.Name,
            Width = image.Width,
            Height = image.Height,
            Steps = image.Steps,
            Guidance = image.Guidance,
            Scheduler = image.Scheduler,
            Seed = seed,
        };
        if (image.NativeSize is { } size)
            spec.NativeSize = size;
        return spec;
    }

    public static ImageRef ImageOf(PairRow pair) =>
        ObjectAddress.Create(pair.Tenant, pair.ImageSha256, "image.sha256").ToReference("image/png", pair.ImageSize);

    public static string[] ParseEntities(string json) => JsonSerializer.Deserialize<string[]>(json) ?? [];

    /// <summary>Canonical JSON of a message, with its proto's field names and every field.</summary>
    public static string Canonical(IMessage message) => Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(_json.Format(message))));

    public static byte[] Pack(IReadOnlyList<float> values) => MemoryMarshal.AsBytes<float>(values.ToArray()).ToArray();

    public static ReadOnlySpan<float> Unpack(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes);

    private static bool IsShipped(Vocabulary.Entity entity) =>
        EntityVocabulary.Shipped.TryGet(entity.Id, out var shipped)
        && shipped.Term == entity.Term && shipped.Type == entity.Type && shipped.Concept == entity.Concept && shipped.Group == entity.Group
        && shipped.Excludes.SequenceEqual(entity.Excludes) && shipped.Synonyms.SequenceEqual(entity.Synonyms);

    internal static Resource.V1.Entity ToProto(Vocabulary.Entity entity) => new()
    {
        Id = entity.Id,
        Term = entity.Term,
        Type = EnumMapping.ToSameName<Resource.V1.EntityType>(entity.Type),
        Concept = entity.Concept,
        Group = entity.Group,
        Excludes = { entity.Excludes },
        Synonyms = { entity.Synonyms },
    };
}
