using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Models.Weights;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Finds what a training's spec names, within the tenant of the call.</summary>
internal sealed partial class TrainingPlaceResolver(DataPlaceResolver places, SealedDatasetLocator sets, TrainingFolders folders)
{
    private const string ImageWeightsField = InitialWeightsLoader.ImageField, TextWeightsField = InitialWeightsLoader.TextField;
    private const string ModelPrefix = "models/";

    /// <summary>What a field of <c>spec.data</c> names.</summary>
    /// <exception cref="MeshException">INVALID_FIELD.</exception>
    public DataPlace FindData(string name, string field) => places.Find(name, field);

    /// <summary>Checks a source, without reading it and without asking for data sets of the mesh.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a part of it is no name, or there is no folder of that name.</exception>
    public void Check(RadiographSource source, string field)
    {
        if (IsDataset(source))
            SealedDatasetLocator.CheckName(source.Folder, $"{field}.name");
        else
            places.Resolve(source, places.Find(source.Folder, $"{field}.name").RequireFolder($"{field}.name"), field);
    }

    /// <summary>The safetensors file of an image encoder, or the folder of one that has a configuration.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name.</exception>
    public DataPlace FindImageWeights(string name)
    {
        if (!name.StartsWith(ModelPrefix, StringComparison.Ordinal))
        {
            var place = places.Find(name, ImageWeightsField);
            return place.Boundary.Allows(place.Path) && Directory.Exists(place.Path)
                ? RequireFiles(place, ImageWeightsField, BertFolderReader.ConfigFile) : place.RequireFile(ImageWeightsField);
        }

        var model = ModelName().IsMatch(name) ? name[ModelPrefix.Length..] : "";
        string[] candidates = [folders.GetModelFolder(RequestContext.Current.Tenant, model), TrainingFolders.GetShippedModelFolder(model)];
        return model.Length > 0 && Array.Find(candidates, f => File.Exists(WeightsFile(f))) is { } found
            && LinkResolver.Follow(found) is { } folder
            ? new DataPlace(WeightsFile(folder), new NamedFolder(folder, name))
            : throw MeshException.Invalid(ImageWeightsField,
                $"'{EchoedText.Shorten(name)}' must be models/{{name}} of a model that has an image encoder: there is no such model");
    }

    /// <summary>The folder of a text encoder.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, or a file of it may not be read.</exception>
    public DataPlace FindTextWeights(string name)
    {
        return RequireFiles(places.Find(name, TextWeightsField), TextWeightsField, BertFolderReader.ConfigFile,
            WordPieceTokenizer.VocabularyFile, WordPieceTokenizer.ConfigFile);
    }

    /// <summary>The folder, where it has weights and these files.</summary>
    private static DataPlace RequireFiles(DataPlace place, string field, params string[] files)
    {
        var boundary = place.Boundary;
        var weights = boundary.Allows(place.Path) ? SafetensorsFolder.FindMainFile(place.Path) : null;
        foreach (var file in files.Prepend(weights ?? SafetensorsFolder.WeightsFile).Select(f => Path.Combine(place.Path, f)))
        {
            if (!boundary.Allows(file) || !File.Exists(file))
                throw MeshException.Invalid(field, $"'{boundary.Describe(file)}' does not exist on this machine");
        }

        return place;
    }

    /// <summary>
    /// The plan with places for its names. A data set of the mesh is read where it was sealed, or else copied into the run's work folder,
    /// where a later attempt finds it.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD, NOT_FOUND or WRONG_STATE with the field.</exception>
    public async Task<TrainingPlan> ResolveAsync(TrainingPlan plan, string work, IProgress<LoopProgress> progress,
        CancellationToken cancellation)
    {
        DataPlace[] data = [.. plan.Data.Select((name, i) => places.Find(name, FormattableString.Invariant($"spec.data[{i}]")))];
        var image = plan.ImageWeights.Length > 0 ? FindImageWeights(plan.ImageWeights) : null;
        var text = plan.TextWeights.Length > 0 ? FindTextWeights(plan.TextWeights) : null;
        return plan with
        {
            Data = [.. data.Select(d => d.Path)],
            ImageWeights = image?.Path ?? "",
            TextWeights = text?.Path ?? "",
            Boundary = DataPlace.CreateBoundary([.. data, .. new[] { image, text }.OfType<DataPlace>()]),
            Sources = await ResolveAsync(plan.Sources, "spec.sources", work, progress, cancellation),
            Validation = await ResolveAsync(plan.Validation, "spec.validation", work, progress, cancellation),
        };
    }

    private async Task<IReadOnlyList<RadiographSource>> ResolveAsync(IReadOnlyList<RadiographSource> sources, string list, string work,
        IProgress<LoopProgress> progress, CancellationToken cancellation)
    {
        var resolved = new List<RadiographSource>();
        foreach (var (i, source) in sources.Index())
        {
            var field = FormattableString.Invariant($"{list}[{i}]");
            var folder = IsDataset(source)
                ? await FindDatasetAsync(source.Folder, $"{field}.name", work, progress, cancellation)
                : places.Find(source.Folder, $"{field}.name");
            resolved.Add(places.Resolve(source, folder, field));
        }

        return resolved;
    }

    private async Task<DataPlace> FindDatasetAsync(string name, string field, string work, IProgress<LoopProgress> progress,
        CancellationToken cancellation)
    {
        if (await sets.FindAsync(name, field, cancellation) is { } place)
            return place;
        var told = -1L;
        return await sets.CopyAsync(name, Path.Combine(work, "datasets", name[SealedDatasetLocator.Prefix.Length..]), Report, cancellation);

        void Report(long done, long total, string file)
        {
            const long megabyte = 1 << 20;
            if (told == done / megabyte)
                return;
            told = done / megabyte;
            progress.Report(new LoopProgress("data", told, total / megabyte, 0, 0, 0, 0));
        }
    }

    private static bool IsDataset(RadiographSource source) =>
        source.Layout == DataLayoutNames.SealedDataset && SealedDatasetLocator.IsName(source.Folder);

    private static string WeightsFile(string modelFolder) => Path.Combine(modelFolder, VisionLanguageModel.WeightsFile);

    [GeneratedRegex(@"\Amodels/[a-z0-9-]{1,63}\z")]
    private static partial Regex ModelName();
}
