using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>A way in which radiographs, labels and reports are laid out on disk.</summary>
public interface IDataLayout
{
    string Name { get; }

    /// <summary>Finds every study of the source, in an order that depends on nothing but the data.</summary>
    /// <param name="field">The request's field that names the source: <c>spec.sources[0]</c>.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the part of the source that is wrong.</exception>
    StudySet Read(RadiographSource source, string field, CancellationToken cancellation);
}

/// <summary>What requests call the layouts.</summary>
public static class DataLayoutNames
{
    /// <summary>Choose it for a folder of images for each class, as Kermany's.</summary>
    public const string Folders = "folders";

    /// <summary>Choose it for NIH ChestX-ray14.</summary>
    public const string Nih = "nih";

    /// <summary>Choose it for CheXpert.</summary>
    public const string Chexpert = "chexpert";

    /// <summary>Choose it for MIMIC-CXR-JPG.</summary>
    public const string Mimic = "mimic";

    /// <summary>Choose it for the pneumothorax masks of SIIM-ACR.</summary>
    public const string Siim = "siim";

    /// <summary>Choose it for the pneumonia boxes of RSNA.</summary>
    public const string Rsna = "rsna";

    /// <summary>Choose it for images and masks of the same file names.</summary>
    public const string Masks = "masks";

    /// <summary>Choose it for images of your own with a table of labels or reports.</summary>
    public const string Table = "table";

    /// <summary>Choose it for the reports of Open-I, which come without images.</summary>
    public const string OpenI = "openi";

    /// <summary>Choose it for a data set that the mesh sealed.</summary>
    public const string SealedDataset = "dataset";
}

/// <summary>The layouts by name. A new one is a class, a constant in <see cref="DataLayoutNames"/> and a line here.</summary>
public static class DataLayouts
{
    private static readonly FrozenDictionary<string, IDataLayout> _known =
        new IDataLayout[]
        {
            new FoldersLayout(), new NihLayout(), new ChexpertLayout(), new MimicLayout(), new SiimLayout(), new RsnaLayout(),
            new MasksLayout(), new TableLayout(), new OpenILayout(), new SealedDatasetLayout(),
        }.ToFrozenDictionary(l => l.Name, StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. _known.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads a source by its layout, and keeps the studies of the share of its patients that it asks for.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: an unknown layout, a missing file or column, or a share that leaves no
    /// study.</exception>
    public static StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        CheckShare(source.Layout, source.Share, field);
        var found = Find(source.Layout, field).Read(source, field, cancellation);
        var all = found with { Studies = [.. found.Studies.Select(s => s with { Boundary = source.Boundary })] };
        if (source.Share >= 1)
            return all;
        var some = all.Studies.Where(s => PatientPosition(s) < source.Share).ToList();
        return some.Count > 0
            ? new StudySet(some,
                [.. all.Notes,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{some.Count} of {all.Studies.Count} studies: the patients of a share of {source.Share}.")])
            : throw MeshException.Invalid($"{field}.share",
                $"is too small: a share of {source.Share} of the patients of '{source.Describe(source.Folder)}' leaves none of its "
                    + $"{all.Studies.Count} studies");
    }

    /// <exception cref="MeshException">INVALID_FIELD: a share outside (0, 1], or below 1 for a sealed data set.</exception>
    public static void CheckShare(string layout, double share, string field)
    {
        if (!(share is > 0 and <= 1))
            throw MeshException.Invalid($"{field}.share", "must be above 0 and at most 1");
        if (share < 1 && layout == DataLayoutNames.SealedDataset)
            throw MeshException.Invalid($"{field}.share", "must be 1 or left out: a sealed data set is always used whole");
    }

    /// <summary>A number in 0..1 that depends on the patient alone; a study of an unknown patient counts as a patient of its own.</summary>
    private static double PatientPosition(Study study) =>
        BinaryPrimitives.ReadUInt64BigEndian(
            SHA256.HashData(Encoding.UTF8.GetBytes("share|" + (study.PatientHash ?? $"{study.Source}/{study.Id}"))))
            / (double)ulong.MaxValue;

    public static IDataLayout Find(string name, string field) => _known.TryGetValue(name, out var layout)
        ? layout
        : throw MeshException.Invalid($"{field}.layout",
            $"there is no layout '{EchoedText.Shorten(name)}'; choose one of {string.Join(", ", Names)}");
}
