namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>What <c>dataset export</c> makes of a sealed data set.</summary>
internal static class ExportFormatNames
{
    /// <summary>The sealed folder itself, byte by byte: for training, and for whoever checks it. The default.</summary>
    public const string Sealed = "sealed";

    /// <summary>A PNG and a report for each pair, with their marks: the same pixels.</summary>
    public const string Png = "png";

    /// <summary>The same as JPEG, which is lossy: for pages and viewers that take nothing else.</summary>
    public const string Jpeg = "jpeg";

    /// <summary>A DICOM file for each pair: for viewers and archives of hospitals.</summary>
    public const string Dicom = "dicom";

    /// <summary>
    /// Parquet with the images in it, and the tables of rejects and of the run beside: for Hugging Face's <c>load_dataset</c>.
    /// </summary>
    public const string Parquet = "parquet";

    public static IReadOnlyList<string> All { get; } = [Sealed, Png, Jpeg, Dicom, Parquet];
}
