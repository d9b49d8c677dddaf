using System.Collections.Frozen;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>The writers of this replica: those that its settings set up.</summary>
internal sealed class ReportWriterRegistry(IServiceProvider services)
{
    private readonly FrozenDictionary<string, IReportWriter> _models = ReportWriterNames.ByName.Values
        .Select(open => open(services)).OfType<IReportWriter>().ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);

    public IEnumerable<IReportWriter> All => _models.Values.OrderBy(m => m.Name, StringComparer.Ordinal);

    /// <exception cref="MeshException">MODEL_NOT_LOADED: this build knows the name, the settings of this replica do not set it
    /// up.</exception>
    public IReportWriter this[string name] => _models.TryGetValue(name, out var model)
        ? model
        : throw new MeshException(ErrorReasons.ModelNotLoaded,
            $"the writer '{name}' is not set up here; this replica has {string.Join(", ", All.Select(m => m.Name))}");
}
