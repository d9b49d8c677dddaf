using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>The three calls that a pair needs, each a pure function of the resolved data set and the pair's row.</summary>
internal sealed class PairPeerClient(
    ReportService.ReportServiceClient reports,
    DiffusionService.DiffusionServiceClient images,
    CurationService.CurationServiceClient curation)
{
    public async Task<RadiologyReport> WriteReportAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var seed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Report, pair.Attempt);
        var entities = TextListColumn.Parse(pair.EntitiesJson);
        var spec = PairSpecMapping.ToReportSpec(dataset.Resolved.Report, entities, dataset.Vocabulary, seed);
        return (await reports.WriteReportAsync(new WriteReportRequest { Spec = spec }, cancellationToken: cancellation)).Report;
    }

    public async Task<RenderImageResponse> RenderImageAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var seed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Image, pair.Attempt);
        var spec = PairSpecMapping.ToImageSpec(dataset.Resolved.Image, pair.Impression, seed);
        return await images.RenderImageAsync(new RenderImageRequest { Spec = spec }, cancellationToken: cancellation);
    }

    public async Task<AssessImageResponse> AssessImageAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var request = new AssessImageRequest
        {
            Image = new ImageSource { Ref = pair.ToImageRef() },
            Generator = dataset.Resolved.Image.Generator.Name,
            Model = dataset.Resolved.Curation.Judge.Name,
            Memorisation = dataset.Resolved.Curation.IsMemorisationChecked ? MemorisationPolicy.Required : MemorisationPolicy.LeftOut,
            Embedding = PairSpecMapping.ToEmbedding(dataset.Resolved.Curation),
            Bank = PairSpecMapping.ToBank(dataset.Resolved.Curation),
            Alignment = PairSpecMapping.ToAlignment(dataset.Resolved.Curation, PairTexts.List(pair.Impression, pair.Findings)),
        };
        var answer = await curation.AssessImageAsync(request, cancellationToken: cancellation);
        // A service of another make may not know the question; what was asked for is never left out in silence.
        return request.Alignment is null || answer.Verdict.Alignment is not null ? answer : throw new MeshException(
            ErrorReasons.Unimplemented, "curation: the verdict does not say how near the image is to its report, which the spec asks for");
    }
}
