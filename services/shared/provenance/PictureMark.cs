using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Xmp;

namespace SynCxr.Mesh.Provenance;

/// <summary>Puts a mark into the XMP packet of a PNG or JPEG, and reads it from there. The pixels' bytes are not touched.</summary>
public static class PictureMark
{
    /// <summary>
    /// The same picture with this mark in place of any other. A C2PA manifest that it has is left out: it was signed over other bytes, so
    /// that it would call the picture tampered with.
    /// </summary>
    /// <param name="picture">PNG or JPEG.</param>
    /// <exception cref="ProvenanceFormatException">Neither PNG nor JPEG, or truncated; or the mark has no room in a JPEG.</exception>
    public static byte[] Write(byte[] picture, SyntheticMark mark)
    {
        var packet = XmpPacketWriter.Write(mark);
        return ReadAsPicture(picture, () => PngChunkReader.IsPng(picture)
            ? PngXmpChunk.Replace(PngManifestChunk.Remove(picture), packet)
            : JpegXmpSegment.Replace(JpegManifestSegments.Remove(picture), packet));
    }

    /// <returns>What the picture's XMP packet says; null where it has none.</returns>
    /// <exception cref="ProvenanceFormatException">Neither PNG nor JPEG, truncated, or the packet can't be read.</exception>
    public static SyntheticMark? Read(byte[] picture) =>
        ReadAsPicture(picture, () => PngChunkReader.IsPng(picture) ? PngXmpChunk.Find(picture) : JpegXmpSegment.Find(picture))
            is { } packet ? XmpPacketReader.Read(packet) : null;

    /// <summary>The mark as a reader gets it: what XML can't hold of its texts is replaced.</summary>
    public static SyntheticMark ToStored(SyntheticMark mark) => XmpPacketReader.Read(XmpPacketWriter.Write(mark));

    /// <summary>Names files that are no picture at all, and those whose parts do not lie as they should.</summary>
    internal static T ReadAsPicture<T>(byte[] picture, Func<T> read)
    {
        if (!PngChunkReader.IsPng(picture) && !JpegSegmentReader.IsJpeg(picture))
            throw new ProvenanceFormatException("The file is neither PNG nor JPEG.");
        try
        {
            return read();
        }
        catch (ImageStructureException error)
        {
            throw new ProvenanceFormatException(error.Message, error);
        }
    }
}
