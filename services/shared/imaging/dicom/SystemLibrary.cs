using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>Decoders that the system brings, for kinds that few files have.</summary>
internal static class SystemLibrary
{
    /// <exception cref="DicomFormatException">The library is not installed; the message names the package.</exception>
    public static void Require(string library, string kind, string package)
    {
        if (!NativeLibrary.TryLoad(library, out _))
            throw new DicomFormatException($"The picture is {kind}, which is read where Debian's package {package} is installed.");
    }
}
