using System.Text;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// Texts of data sets: UTF-8, or UTF-16 with a byte order mark; what is not valid UTF-8 is Windows-1252, as older sets were saved.
/// </summary>
internal static class TextFile
{
    private static readonly Encoding _windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private static readonly Encoding _utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file, opened as by <see cref="DataBoundary.OpenRead"/>.</summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: it is gone, or lies outside.</exception>
    public static string Read(string path, DataBoundary boundary, string field) => Decode(boundary.ReadAllBytes(path, field));

    /// <summary>Its lines without white space around them, with their numbers from 1; empty ones are left out.</summary>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: it is gone, or lies outside.</exception>
    public static IEnumerable<(int Number, string Text)> ReadLines(string path, DataBoundary boundary, string field) =>
        Read(path, boundary, field).Split('\n').Select((line, i) => (i + 1, line.Trim())).Where(l => l.Item2.Length > 0);

    public static string Decode(byte[] bytes)
    {
        try
        {
            return Decode(bytes, _utf8);
        }
        catch (DecoderFallbackException)
        {
            return Decode(bytes, _windows1252);
        }
    }

    private static string Decode(byte[] bytes, Encoding encoding)
    {
        using var text = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
        return text.ReadToEnd();
    }
}
