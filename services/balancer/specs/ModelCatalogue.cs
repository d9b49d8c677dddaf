using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using Curating = SynCxr.Mesh.Curation.V1;
using DiffusionV1 = SynCxr.Mesh.Diffusion.V1;
using Writing = SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>What the report service writes, checks and labels with.</summary>
/// <param name="Checkers">At least one.</param>
internal sealed record ReportModels(ModelDescription Writer, IReadOnlyList<ModelDescription> Checkers, ModelDescription Labeler);

/// <summary>What the curation service judges, compares and rejects with.</summary>
/// <param name="Encoder">Null where the judge's own features are used.</param>
/// <param name="Bank">Null where the judge's own bank is used.</param>
/// <param name="Alignment">The image-text model; null where how near images are to their reports is not measured.</param>
internal sealed record CurationModels(
    ModelDescription Judge, ModelDescription? Encoder, Curating.BankDescription? Bank, ModelDescription? Alignment)
{
    /// <summary>What the image-text model says of examples; null where it was measured with none.</summary>
    public Curating.AlignmentExamples? Examples { get; init; }

    /// <summary>The bank of that name, which must have been made with the features that are used; null for an empty name.</summary>
    /// <param name="features">The models whose features they can be.</param>
    /// <exception cref="MeshException">INVALID_FIELD: there is none, it can't be used, or it was made with other features.</exception>
    public static Curating.BankDescription? FindBank(
        IReadOnlyList<Curating.BankDescription> banks, string name, IReadOnlyList<ModelDescription> features, string field)
    {
        if (name.Length == 0)
            return null;
        var bank = banks.FirstOrDefault(b => b.Name == name) ?? throw MeshException.Invalid(field,
            $"'{EchoedText.Shorten(name)}' is none of the banks {string.Join(", ", banks.Select(b => b.Name).DefaultIfEmpty("(none)"))}. "
                + "Make one with: syncxr bank build NAME --images FOLDER");
        if (bank.Problem.Length > 0)
            throw MeshException.Invalid(field, $"The bank {name} can't be used: {bank.Problem}");
        if (features.All(model => model.Digest != bank.EncoderDigest))
        {
            var known = string.Join(" or ", features.Select(model => $"{model.Name} of digest {model.Digest}"));
            throw MeshException.Invalid(field, $"The bank {name} was made with {bank.Encoder} of digest {bank.EncoderDigest}, and the "
                + $"features of the spec are those of {known}. Name the one it was made with as curation.embedding, or make the bank "
                + "again.");
        }
        return bank.HasThreshold ? bank : throw MeshException.Invalid(field,
            $"The bank {name} has no threshold. Set one with: syncxr bank thresholds {name} --good FOLDER --bad FOLDER --write");
    }
}

/// <summary>What the peers can run, asked for when a spec is resolved.</summary>
internal sealed class ModelCatalogue(
    Writing.ReportService.ReportServiceClient reports,
    DiffusionV1.DiffusionService.DiffusionServiceClient images,
    Curating.CurationService.CurationServiceClient curation)
{
    /// <summary>The generators, default first.</summary>
    public async Task<IReadOnlyList<ModelDescription>> GeneratorsAsync(CancellationToken cancellation) =>
        (await images.ListModelsAsync(new DiffusionV1.ListModelsRequest(), cancellationToken: cancellation)).Models;

    /// <summary>The generator of that name, loaded and described whole; the default one for an empty name.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, or its files are damaged.</exception>
    public async Task<ModelDescription> GeneratorAsync(string name, string field, CancellationToken cancellation)
    {
        var request = new DiffusionV1.ListModelsRequest { Model = name };
        var found = await AskAsync(images.ListModelsAsync(request, cancellationToken: cancellation), field);
        return Pick(found.Models, ModelKind.LatentDiffusion, name, field);
    }

    /// <summary>The writer, the checks and the labeler that report settings name; the defaults where they name none.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of a name, or a check is named twice.</exception>
    public async Task<ReportModels> ReportModelsAsync(ReportSettings report, string field, CancellationToken cancellation)
    {
        var models = (await reports.ListModelsAsync(new Writing.ListModelsRequest(), cancellationToken: cancellation)).Models;
        var names = report.Checks.Count == 0 ? [""] : report.Checks.ToList();
        var checkers = names.Select((name, i) => Pick(models, ModelKind.EntityCheck, name, $"{field}.checks[{i}]")).ToList();
        if (checkers.Select(check => check.Name).Distinct(StringComparer.Ordinal).Count() < checkers.Count)
            throw MeshException.Invalid($"{field}.checks", "must name each check once");
        return new ReportModels(Pick(models, ModelKind.ReportWriter, report.Model, $"{field}.model"), checkers,
            Pick(models, ModelKind.ReportLabeler, "", field));
    }

    /// <summary>The judge, the image encoder, the bank and the image-text model that curation settings name.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of a name, it can't be run, or the bank was made with other
    /// features.</exception>
    public async Task<CurationModels> CurationModelsAsync(CurationSettings settings, string field, CancellationToken cancellation)
    {
        var found = await ListCurationModelsAsync(settings.Alignment, $"{field}.alignment", cancellation);
        var judge = Pick(found.Models, ModelKind.QualityJudge, settings.Model, $"{field}.model");
        // A chat judge has no features of its own: those of the judge beside it count, which is listed too.
        List<ModelDescription> judges = [.. found.Models.Where(model => model.Kind == ModelKind.QualityJudge)];
        var encoder = settings.Embedding.Length == 0 || judges.Exists(model => model.Name == settings.Embedding) ? null
            : Pick(found.Models, ModelKind.ImageEncoder, settings.Embedding, $"{field}.embedding");
        var alignment = settings.Alignment.Length == 0 ? null
            : Pick(found.Models, ModelKind.VisionLanguage, settings.Alignment, $"{field}.alignment");
        return new CurationModels(judge, encoder,
            CurationModels.FindBank(found.Banks, settings.Bank, encoder is null ? judges : [encoder], $"{field}.bank"), alignment)
        {
            Examples = found.AlignmentExamples,
        };
    }

    // The peer loads the image-text model, so that one that can't be run is refused before there is a data set.
    private Task<Curating.ListModelsResponse> ListCurationModelsAsync(string alignment, string field, CancellationToken cancellation)
    {
        var request = new Curating.ListModelsRequest { Alignment = alignment };
        return AskAsync(curation.ListModelsAsync(request, cancellationToken: cancellation), field);
    }

    /// <exception cref="MeshException">INVALID_FIELD: what the peer refuses, as a violation of our field.</exception>
    private static async Task<T> AskAsync<T>(AsyncUnaryCall<T> call, string field)
    {
        try
        {
            return await call;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.InvalidArgument)
        {
            var violation = refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault();
            throw MeshException.Invalid(field, violation?.Description ?? refusal.Status.Detail);
        }
    }

    private static ModelDescription Pick(IReadOnlyList<ModelDescription> models, ModelKind kind, string name, string field)
    {
        var ofKind = models.Where(m => m.Kind == kind).ToList();
        if (ofKind.Count == 0)
            throw new MeshException(ErrorReasons.ModelNotLoaded,
                $"{field}: the peer has no model of the kind {ModelKindMapping.ToName(kind)}");
        if (name.Length == 0)
            return ofKind[0];
        return ofKind.Find(m => m.Name == name)
            ?? throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' is none of {string.Join(", ", ofKind.Select(m => m.Name))}");
    }
}
