using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Places;

/// <summary>Maps the data of a request to a source, with names as the request has them.</summary>
public static class DataSourceMapping
{
    /// <param name="layout">Its layout, or the default for one that has none.</param>
    public static RadiographSource ToSource(DataSource wire, string layout) =>
        new(layout, wire.Name, NullIfEmpty(wire.Labels), NullIfEmpty(wire.Masks), NullIfEmpty(wire.Boxes),
            wire.HasWeight ? wire.Weight : 1, wire.HasShare ? wire.Share : 1)
        {
            Views = NullIfEmpty(wire.Views),
            Raters = NullIfEmpty(wire.Raters),
            Duplicates = NullIfEmpty(wire.Duplicates),
            BadFiles = NullIfEmpty(wire.BadFiles),
            Split = NullIfEmpty(wire.Split),
        };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
