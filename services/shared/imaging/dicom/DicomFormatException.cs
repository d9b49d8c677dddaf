namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>
/// A file that can't be read as a radiograph. The message names elements and numbers of the image, never texts of the file.
/// </summary>
internal sealed class DicomFormatException : Exception
{
    public DicomFormatException(string message)
        : base(message)
    {
    }

    public DicomFormatException(uint tag, string problem)
        : base($"{DicomTags.Describe(tag)} {problem}")
    {
    }
}
