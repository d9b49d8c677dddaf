using System.Collections.Frozen;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>The writers that the settings of this replica set up.</summary>
internal sealed class ReportWriterRegistry(IServiceProvider services)
{
    private readonly FrozenDictionary<string, IReportWriter> _writers = ReportWriterNames.ByName.Values
        .Select(create => create(services)).OfType<IReportWriter>().ToFrozenDictionary(writer => writer.Name, StringComparer.Ordinal);

    public IEnumerable<IReportWriter> All => _writers.Values.OrderBy(writer => writer.Name, StringComparer.Ordinal);

    /// <exception cref="MeshException">MODEL_NOT_LOADED: the settings of this replica do not set the writer up.</exception>
    public IReportWriter this[string name] => _writers.TryGetValue(name, out var writer)
        ? writer
        : throw new MeshException(ErrorReasons.ModelNotLoaded,
            $"This replica has no settings for the writer '{name}'; it has the writers {string.Join(", ", All.Select(w => w.Name))}.");
}
