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

    /// <summary>Choose it for MIMIC-CXR: images with their reports beside them.</summary>
    public const string Mimic = "mimic";

    /// <summary>Choose it for MIMIC-CXR-JPG, whose reports are a distribution of their own.</summary>
    public const string MimicJpg = "mimic-jpg";

    /// <summary>Choose it for the phrases and boxes of MS-CXR on images of MIMIC-CXR-JPG.</summary>
    public const string MsCxr = "ms-cxr";

    /// <summary>Choose it for VinDr-CXR.</summary>
    public const string Vindr = "vindr";

    /// <summary>Choose it for PadChest.</summary>
    public const string Padchest = "padchest";

    /// <summary>Choose it for ChestX-Det10.</summary>
    public const string ChestxDet10 = "chestxdet10";

    /// <summary>Choose it for COVIDx CXR.</summary>
    public const string Covidx = "covidx";

    /// <summary>Choose it for TBX11K.</summary>
    public const string Tbx11k = "tbx11k";

    /// <summary>Choose it for BRAX.</summary>
    public const string Brax = "brax";

    /// <summary>Choose it for the tuberculosis sets of Shenzhen and Montgomery.</summary>
    public const string ShenzhenMontgomery = "shenzhen-montgomery";

    /// <summary>Choose it for the pneumothorax masks of SIIM-ACR.</summary>
    public const string Siim = "siim";

    /// <summary>Choose it for the pneumonia boxes of RSNA.</summary>
    public const string Rsna = "rsna";

    /// <summary>Choose it for images and masks of the same file names.</summary>
    public const string Masks = "masks";

    /// <summary>Choose it for images of your own with a table of labels or reports.</summary>
    public const string Table = "table";

    /// <summary>Choose it for the reports of Open-I, and its images where these lie with them.</summary>
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
            new FoldersLayout(), new NihLayout(), new ChexpertLayout(), MimicLayout.WithReportsBeside, MimicLayout.WithReportTree,
            new SiimLayout(), new RsnaLayout(), new MasksLayout(), new TableLayout(), new OpenILayout(), new SealedDatasetLayout(),
            new VindrLayout(), new PadchestLayout(), new ChestxDet10Layout(), new CovidxLayout(), new Tbx11kLayout(), new MsCxrLayout(),
            new BraxLayout(), new ShenzhenMontgomeryLayout(),
        }.ToFrozenDictionary(l => l.Name, StringComparer.Ordinal);

    /// <summary>
    /// Layouts whose labels are classes that somebody sorted the images into: there one image in two of them is a mistake. Published sets
    /// have images again in another exam.
    /// </summary>
    private static readonly string[] _ofClasses = [DataLayoutNames.Folders, DataLayoutNames.Table];

    public static IReadOnlyList<string> Names { get; } = [.. _known.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads a source by its layout, and keeps the studies of the share of its patients that it asks for.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: an unknown layout, a missing file or column, or a share that leaves no
    /// study.</exception>
    public static StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        CheckShare(source.Layout, source.Share, field);
        SourceSettings.Check(source, field);
        var found = Find(source.Layout, field).Read(source, field, cancellation);
        var whole = found with { Studies = [.. found.Studies.Select(s => s with { Boundary = source.Boundary })] };
        var part = TakeSplit(whole, source, field);
        var all = _ofClasses.Contains(source.Layout) ? DuplicateImages.Resolve(part, source, field, cancellation) : part;
        if (source.Share >= 1)
            return all;
        var some = all.Studies.Where(s => PatientPosition(s) < source.Share).ToList();
        return some.Count > 0
            ? all with
            {
                Studies = some,
                Notes = [.. all.Notes,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{some.Count} of {all.Studies.Count} studies: the patients of a share of {source.Share}.")],
            }
            : throw MeshException.Invalid($"{field}.share",
                $"is too small: a share of {source.Share} of the patients of '{source.Describe(source.Folder)}' leaves none of its "
                    + $"{all.Studies.Count} studies");
    }

    /// <summary>Keeps the part of the source's own split that it asks for.</summary>
    private static StudySet TakeSplit(StudySet all, RadiographSource source, string field)
    {
        if (source.Split is not { } split)
            return all;
        var part = all.Studies.Where(s => string.Equals(s.Split, split, StringComparison.OrdinalIgnoreCase)).ToList();
        string[] there = [.. all.Studies.Select(s => s.Split).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        return part.Count > 0
            ? all with
            {
                Studies = part,
                Notes = [.. all.Notes, $"{part.Count} of {all.Studies.Count} studies: those of the split '{EchoedText.Shorten(split)}'."],
            }
            : throw MeshException.Invalid($"{field}.split", there.Length == 0
                ? $"'{source.Describe(source.Folder)}' tells no split" : $"'{EchoedText.Shorten(split)}' is none of its parts "
                    + $"{string.Join(", ", there.Select(s => EchoedText.Shorten(s)))}");
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
