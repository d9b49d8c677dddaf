using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Balancer.Vocabularies;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer;

/// <summary>Vocabularies and draws over gRPC.</summary>
internal sealed class BalancerService(VocabularyStore vocabularies, ModelCatalogue models, SamplingResolver draws, PageTokenCodec tokens,
    [FromKeyedServices(BalancerOptions.Section)] ProcessorWorkPool planning) : V1.BalancerService.BalancerServiceBase
{
    private const int MaxSets = 10_000;

    public override async Task<CreateVocabularyResponse> CreateVocabulary(CreateVocabularyRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var (vocabulary, body) = await planning.RunAsync(context, tenant,
            _ => (VocabularyMapping.FromRequest(request), DigestBody(request)));
        var row = await vocabularies.CreateAsync(tenant, vocabulary, request.RequestId, body,
            context.CancellationToken);
        return new CreateVocabularyResponse { Vocabulary = Summary(row.Name, row.Digest, VocabularyStore.CountByType(vocabulary)) };
    }

    public override async Task<ListVocabulariesResponse> ListVocabularies(ListVocabulariesRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var size = PageTokenCodec.PageSize(request.PageSize, 50);
        var scope = $"vocabularies|{tenant}";
        var after = await tokens.ReadAsync(scope, request.PageToken, context.CancellationToken);
        var response = new ListVocabulariesResponse();
        var shipped = EntityVocabulary.Shipped;
        if (after is null)
            response.Vocabularies.Add(Summary(shipped.Name, shipped.Digest, VocabularyStore.CountByType(shipped)));
        var room = size - response.Vocabularies.Count;
        var page = await vocabularies.ListAsync(tenant, after ?? "", room + 1, context.CancellationToken);
        response.Vocabularies.Add(
            page.Take(room).Select(v => Summary(v.Name, v.Digest, JsonSerializer.Deserialize<Dictionary<string, long>>(v.CountsJson)!)));
        if (page.Count > room)
            response.NextPageToken = await tokens.WriteAsync(scope, room == 0 ? "" : page[room - 1].Name, context.CancellationToken);
        return response;
    }

    public override async Task<ListEntitiesResponse> ListEntities(ListEntitiesRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var size = PageTokenCodec.PageSize(request.PageSize, 100);
        var type = SamplingResolver.KnownOrDefault(request.Type, Resource.V1.EntityType.Unspecified, "type");
        var wantedType = EntityMapping.ToVocabulary(type);
        var scope = $"entities|{tenant}|{request.Vocabulary}|{(int)type}|{request.DepictedBy}";
        var after = await tokens.ReadAsync(scope, request.PageToken, context.CancellationToken);
        var from = after is null ? 0 : int.Parse(after, CultureInfo.InvariantCulture);
        var vocabulary = await vocabularies.GetAsync(tenant, request.Vocabulary, "vocabulary", context.CancellationToken);
        var generators = (await models.GeneratorsAsync(context.CancellationToken))
            .Select(g => (g.Name, Depicts: g.Depicts.ToHashSet(StringComparer.Ordinal))).ToList();
        if (request.DepictedBy.Length > 0 && generators.TrueForAll(g => g.Name != request.DepictedBy))
            throw MeshException.Invalid("depicted_by",
                $"'{EchoedText.Shorten(request.DepictedBy)}' is none of {string.Join(", ", generators.Select(g => g.Name))}");
        var response = new ListEntitiesResponse();
        var bytes = 0L;
        for (var i = from; i < vocabulary.Entities.Count; i++)
        {
            var entity = vocabulary.Entities[i];
            if (wantedType is not null && entity.Type != wantedType)
                continue;
            var depictedBy = generators.Where(g => g.Depicts.Contains(entity.Id)).Select(g => g.Name).ToList();
            if (request.DepictedBy.Length > 0 && !depictedBy.Contains(request.DepictedBy))
                continue;
            var described = EntityMapping.ToProto(entity);
            described.DepictedBy.Add(depictedBy);
            bytes += described.CalculateSize();
            if (response.Entities.Count == size || (response.Entities.Count > 0 && bytes > AnswerPage.MaxBytes))
            {
                response.NextPageToken = await tokens.WriteAsync(scope, i.ToString(CultureInfo.InvariantCulture),
                    context.CancellationToken);
                break;
            }

            response.Entities.Add(described);
        }

        return response;
    }

    public override async Task<SampleEntitySetsResponse> SampleEntitySets(SampleEntitySetsRequest request, ServerCallContext context)
    {
        if (request.Count is < 1 or > MaxSets)
            throw MeshException.Invalid("count", $"must be 1 to {MaxSets}");
        var body = request.Clone();
        body.PageToken = "";
        var scope = $"sets|{RequestContext.Current.Tenant}|{Sha256Digest.HexOf(body.ToByteArray())}";
        var after = await tokens.ReadAsync(scope, request.PageToken, context.CancellationToken);
        var from = after is null ? 0 : int.Parse(after, CultureInfo.InvariantCulture);
        var source = await draws.ResolveAsync(
            request.Spec, SpecPresetNames.Get(SpecPresetNames.Demo), "spec", (request.Count, "count"), request.Seed,
            () => models.GeneratorAsync("", "spec.scope", context.CancellationToken), RequestContext.Current.Tenant,
            context.CancellationToken);
        var (response, next) = await planning.RunAsync(context, RequestContext.Current.Tenant,
            token => SampleFrom(source.Request, from, token));
        if (next < request.Count)
            response.NextPageToken = await tokens.WriteAsync(scope, next.ToString(CultureInfo.InvariantCulture), context.CancellationToken);
        return response;
    }

    /// <summary>The sets from an index on, as many as an answer takes, and the index of the one after them.</summary>
    private static (SampleEntitySetsResponse Response, int Next) SampleFrom(SamplingRequest request, int from, CancellationToken token)
    {
        var plan = SetPlanner.Plan(request, token);
        var sets = Enumerable.Range(from, plan.Count - from)
            .Select(i => new EntitySet { Index = i, Entities = { plan[i].Select(e => e.Id) } }).ToList();
        var fitting = AnswerPage.CountFitting(sets, sets.Count);
        var page = new SampleEntitySetsResponse { Use = DatasetMapping.ToProto(request, plan), Sets = { sets.Take(fitting) } };
        return (page, from + fitting);
    }

    private static string DigestBody(CreateVocabularyRequest request)
    {
        var body = request.Clone();
        body.RequestId = "";
        return Sha256Digest.HexOf(body.ToByteArray());
    }

    private static VocabularySummary Summary(string name, string digest, IEnumerable<KeyValuePair<string, long>> counts)
    {
        var summary = new VocabularySummary { Name = $"vocabularies/{name}", Digest = digest };
        foreach (var (type, count) in counts)
            summary.Counts[type] = count;
        return summary;
    }
}
