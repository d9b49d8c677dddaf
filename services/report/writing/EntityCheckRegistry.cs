using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// The entity checks that the settings of this replica set up. Made at the start, so that a model that is wrong stops it.
/// </summary>
internal sealed class EntityCheckRegistry(IServiceProvider services, IOptions<ReportOptions> options) : IHostedService, IDisposable
{
    private readonly FrozenDictionary<string, IEntityCheck> _checks = EntityCheckNames.ByName.Values
        .Select(create => create(services)).OfType<IEntityCheck>().ToFrozenDictionary(check => check.Name, StringComparer.Ordinal);

    /// <summary>The checks, the default first.</summary>
    public IEnumerable<IEntityCheck> All =>
        _checks.Values.OrderByDescending(check => check == Default).ThenBy(check => check.Name, StringComparer.Ordinal);

    /// <summary>The check of requests that name none.</summary>
    public IEntityCheck Default => this[options.Value.Check];

    /// <exception cref="MeshException">MODEL_NOT_LOADED: the settings of this replica do not set the check up.</exception>
    public IEntityCheck this[string name] => _checks.TryGetValue(name, out var check)
        ? check
        : throw new MeshException(ErrorReasons.ModelNotLoaded,
            $"This replica has no settings for the check '{name}'; it has the checks {string.Join(", ", _checks.Keys.Order())}.");

    /// <summary>The named checks in that order; the default where none is named.</summary>
    public IReadOnlyList<IEntityCheck> Find(IReadOnlyCollection<string> names) =>
        names.Count == 0 ? [Default] : [.. names.Select(name => this[name])];

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var check in _checks.Values.OfType<IDisposable>())
            check.Dispose();
    }
}
