namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>The transfer syntaxes that are read (PS3.6, annex A).</summary>
internal static class TransferSyntaxes
{
    public const string ImplicitLittle = "1.2.840.10008.1.2", ExplicitLittle = "1.2.840.10008.1.2.1", ExplicitBig = "1.2.840.10008.1.2.2",
        Deflated = "1.2.840.10008.1.2.1.99", Rle = "1.2.840.10008.1.2.5";

    private const string Jpeg = "1.2.840.10008.1.2.4.";

    /// <summary>Baseline, extended, progressive, lossless, and lossless of first order.</summary>
    public static bool IsJpeg(string uid) => uid is Jpeg + "50" or Jpeg + "51" or Jpeg + "53" or Jpeg + "55" or Jpeg + "57" or Jpeg + "70";

    /// <summary>JPEG-LS, lossless and near-lossless.</summary>
    public static bool IsJpegLs(string uid) => uid is Jpeg + "80" or Jpeg + "81";

    /// <summary>JPEG 2000, lossless and lossy.</summary>
    public static bool IsJpeg2000(string uid) => uid is Jpeg + "90" or Jpeg + "91";

    public static bool IsNative(string uid) => uid is ImplicitLittle or ExplicitLittle or ExplicitBig or Deflated;
}
