using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;
using WireDataSource = SynCxr.Mesh.Resource.V1.DataSource;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>Checks the data of a training spec, and puts them into a plan.</summary>
internal static class TrainingSourceRules
{
    /// <exception cref="MeshException">INVALID_FIELD with the field.</exception>
    public static void Check(TrainingSpec spec, IRecipe recipe, TrainingPlaceResolver places)
    {
        if (recipe.ReadsSources)
            CheckSources(spec, recipe, places);
        else
            CheckFolders(spec, recipe, places);
    }

    public static TrainingPlan WithSources(TrainingPlan plan, TrainingSpec spec) => plan with
    {
        Sources = [.. spec.Sources.Select(Read)],
        Validation = [.. spec.Validation.Select(Read)],
        EqualEpochs = spec.MixLength == MixLength.EqualEpochs,
        Epochs = spec.HasEpochs ? spec.Epochs : null,
        ImageWeights = spec.ImageWeights,
        TextWeights = spec.TextWeights,
        Frozen = spec.Frozen.Count > 0 ? [.. spec.Frozen] : null,
        FolderSettings = spec.BadFiles.Length + spec.Duplicates.Length == 0 ? null : ToFolderSettings(spec),
    };

    private static void CheckFolders(TrainingSpec spec, IRecipe recipe, TrainingPlaceResolver places)
    {
        if (spec.Data.Count == 0)
            throw MeshException.Invalid("spec.data", "is empty");
        for (var i = 0; i < spec.Data.Count; i++)
        {
            var field = FormattableString.Invariant($"spec.data[{i}]");
            var place = places.FindData(spec.Data[i], field);
            ImageFolderReader.Check(place.Path, place.Boundary, field);
        }

        SourceSettings.Check(new RadiographSource(DataLayoutNames.Folders, "")
        {
            BadFiles = ToFolderSettings(spec).BadFiles,
            Duplicates = ToFolderSettings(spec).Duplicates,
        }, "spec");
        if (spec.Sources.Count > 0)
            throw MeshException.Invalid("spec.sources", $"must be empty: recipe {recipe.Name} reads spec.data");
    }

    private static void CheckSources(TrainingSpec spec, IRecipe recipe, TrainingPlaceResolver places)
    {
        if (spec.Sources.Count == 0)
            throw MeshException.Invalid("spec.sources", "is empty");
        if (spec.BadFiles.Length + spec.Duplicates.Length > 0)
            throw MeshException.Invalid(spec.BadFiles.Length > 0 ? "spec.bad_files" : "spec.duplicates",
                $"must be empty: recipe {recipe.Name} reads spec.sources, which have settings of their own");
        if (spec.Data.Count > 0)
            throw MeshException.Invalid("spec.data", $"must be empty: recipe {recipe.Name} reads spec.sources");
        foreach (var (list, sources) in new[] { ("spec.sources", spec.Sources), ("spec.validation", spec.Validation) })
        {
            for (var i = 0; i < sources.Count; i++)
                CheckSource(sources[i], places, FormattableString.Invariant($"{list}[{i}]"));
        }

        if (spec.ImageWeights.Length > 0)
            places.FindImageWeights(spec.ImageWeights);
        if (spec.TextWeights.Length > 0)
            places.FindTextWeights(spec.TextWeights);
    }

    private static void CheckSource(WireDataSource source, TrainingPlaceResolver places, string field)
    {
        DataLayouts.Find(source.Layout, field);
        SourceSettings.Check(Read(source), field);
        places.Check(Read(source), field);
        if (source.HasWeight && source.Weight is not (> 0 and <= 1e6))
            throw MeshException.Invalid($"{field}.weight", "must be above 0 and at most 1,000,000");
        DataLayouts.CheckShare(source.Layout, source.HasShare ? source.Share : 1, field);
    }

    private static ImageFolderSettings ToFolderSettings(TrainingSpec spec) =>
        new(spec.BadFiles.Length == 0 ? null : spec.BadFiles, spec.Duplicates.Length == 0 ? null : spec.Duplicates);

    private static RadiographSource Read(WireDataSource source) => DataSourceMapping.ToSource(source, source.Layout);
}
