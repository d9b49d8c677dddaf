using Google.Protobuf;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>Finds the data that the task of a spec names, in whatever field, within the tenant of the call.</summary>
internal sealed class EvaluationSourceResolver(DataPlaceResolver places, SealedDatasetLocator sets, EvaluationFolders folders)
{
    private const string DefaultLayout = DataLayoutNames.Folders;

    /// <summary>The lists of folders of a task.</summary>
    private static readonly string[] _folderLists = ["data", "outside"];

    /// <summary>Finds the data without copying any: for the check when an evaluation is created.</summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD, NOT_FOUND or WRONG_STATE with the field.</exception>
    public Task<EvaluationSources> FindAsync(EvaluationSpec spec, CancellationToken cancellation) => ResolveAsync(spec, null, cancellation);

    /// <summary>Finds the data; copies the data sets of the mesh whose folder this machine does not see into the tenant's cache.</summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD, NOT_FOUND or WRONG_STATE with the field.</exception>
    public Task<EvaluationSources> CopyAsync(EvaluationSpec spec, EvaluationRun run, CancellationToken cancellation) =>
        ResolveAsync(spec, (done, total, _) => run.Report("copying data sets", done, total), cancellation);

    private async Task<EvaluationSources> ResolveAsync(EvaluationSpec spec, Action<long, long, string>? progress,
        CancellationToken cancellation)
    {
        if (EvaluationSpec.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(spec) is not { } chosen)
            return EvaluationSources.None;
        var task = (IMessage)chosen.Accessor.GetValue(spec);
        var sources = new Dictionary<string, RadiographSource?>(StringComparer.Ordinal);
        var lists = new Dictionary<string, IReadOnlyList<DataPlace>>(StringComparer.Ordinal);
        foreach (var field in task.Descriptor.Fields.InDeclarationOrder())
        {
            var path = $"spec.{chosen.Name}.{field.Name}";
            if (field.FieldType == FieldType.Message && field.MessageType == DataSource.Descriptor
                && field.Accessor.GetValue(task) is DataSource source)
                sources[path] = await ResolveAsync(source, path, progress, cancellation);
            else if (field.IsRepeated && field.FieldType == FieldType.String && _folderLists.Contains(field.Name))
                lists[path] = [.. ((IList<string>)field.Accessor.GetValue(task)).Select(
                    (name, i) => places.Find(name, FormattableString.Invariant($"{path}[{i}]")))];
        }

        return new EvaluationSources(sources, lists);
    }

    private async Task<RadiographSource?> ResolveAsync(DataSource wire, string field, Action<long, long, string>? progress,
        CancellationToken cancellation)
    {
        var layout = wire.Layout.Length > 0 ? wire.Layout : DefaultLayout;
        DataLayouts.Find(layout, field);
        var named = DataSourceMapping.ToSource(wire, layout);
        SourceSettings.Check(named, field);
        if (layout != DataLayoutNames.SealedDataset || !SealedDatasetLocator.IsName(wire.Name))
            return places.Resolve(named, places.Find(wire.Name, $"{field}.name"), field);
        var folder = await sets.FindAsync(wire.Name, $"{field}.name", cancellation);
        if (folder is null && progress is not null)
            folder = await sets.CopyAsync(wire.Name,
                folders.GetDatasetFolder(RequestContext.Current.Tenant, wire.Name[SealedDatasetLocator.Prefix.Length..]), progress,
                cancellation);
        return folder is null ? null : places.Resolve(named, folder, field);
    }
}
