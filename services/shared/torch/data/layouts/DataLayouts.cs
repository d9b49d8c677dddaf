using System.Collections.Frozen;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Torch.Data.Sealed;

namespace SynCxr.Mesh.Torch.Data.Layouts;

/// <summary>One way in which radiographs, labels and reports lie on disk.</summary>
public interface IDataLayout
{
    string Name { get; }

    /// <summary>Finds every study of the source, in an order that depends on nothing but the data.</summary>
    /// <param name="field">The request's field that names the source: <c>spec.sources[0]</c>.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the part of the source that is wrong.</exception>
    StudySet Read(DataSource source, string field, CancellationToken cancellation);
}

/// <summary>The layouts by name. A new one is one class and one line.</summary>
public static class DataLayouts
{
    private static readonly FrozenDictionary<string, IDataLayout> Known =
        new IDataLayout[] { new FoldersLayout(), new NihLayout(), new ChexpertLayout(), new MimicLayout(), new SiimLayout(), new RsnaLayout(), new MasksLayout(), new TableLayout(), new OpenILayout(), new SealedLayout() }.ToFrozenDictionary(l => l.Name, StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads a source by its layout.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the layout is not known, or what it wants is not there.</exception>
    public static StudySet Read(DataSource source, string field, CancellationToken cancellation) => Of(source.Layout, field).Read(source, field, cancellation);

    public static IDataLayout Of(string name, string field) => Known.TryGetValue(name, out var layout)
        ? layout
        : throw MeshException.Invalid($"{field}.layout", $"'{name}' is none of {string.Join(", ", Names)}");
}
