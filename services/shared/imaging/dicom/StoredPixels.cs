using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>Reads the stored values of one frame, before any transform: rows, columns, samples side by side.</summary>
internal static class StoredPixels
{
    /// <param name="elements">The file's elements.</param>
    /// <param name="syntax">UID of its transfer syntax.</param>
    /// <param name="format">How its pixels are stored.</param>
    /// <param name="frame">Which frame, from 0.</param>
    /// <exception cref="DicomFormatException">Too few bytes, a broken code stream, or a syntax that is not read.</exception>
    public static int[] Read(DicomDataset elements, string syntax, PixelFormat format, int frame)
    {
        if (!elements.TryGet(DicomTags.PixelData, out var pixels))
            throw new DicomFormatException($"The file holds no picture: {DicomTags.Describe(DicomTags.PixelData)} is missing.");
        if (frame < 0 || frame >= format.Frames)
            throw new DicomFormatException(DicomTags.NumberOfFrames, $"is {format.Frames}; there is no frame {frame + 1}");
        if (TransferSyntaxes.IsNative(syntax))
        {
            if (format.Photometric == "YBR_FULL_422")
                throw new DicomFormatException(DicomTags.PhotometricInterpretation, "must not be YBR_FULL_422 where nothing is compressed");
            if (pixels.IsEncapsulated || pixels.Length / format.FrameBytes <= frame)
                throw new DicomFormatException(DicomTags.PixelData,
                    $"has {pixels.Length} bytes; {format.Frames} frame(s) of {format.Width} x {format.Height} pixels need "
                        + $"{format.FrameBytes} each");
            var bytes = elements.ValueOf(pixels).Slice((int)(frame * format.FrameBytes), (int)format.FrameBytes);
            return Unpack(bytes, format, elements.IsBigEndian, format.IsPlanar);
        }

        if (!pixels.IsEncapsulated)
            throw new DicomFormatException(DicomTags.PixelData, "must be in fragments with this transfer syntax");
        var code = PixelFragments.JoinFrame(elements.ValueOf(pixels), format.Frames, frame);
        if (syntax == TransferSyntaxes.Rle)
            return Unpack(RunLengthFrame.Decode(code, format), format, isBigEndian: false, isPlanar: true);
        var values = TransferSyntaxes.IsJpeg(syntax) ? JpegFrame.Decode(code, format)
            : TransferSyntaxes.IsJpegLs(syntax) ? CharLsFrame.Decode(code, format)
            : TransferSyntaxes.IsJpeg2000(syntax) ? OpenJpegFrame.Decode(code, format)
            : throw new DicomFormatException(DicomTags.TransferSyntax, "names a transfer syntax that is not read: implicit, explicit, "
                + "deflated, RLE, JPEG, JPEG-LS and JPEG 2000 are");
        for (var i = 0; i < values.Length; i++)
            values[i] = ToStored(values[i], 0, format);
        return values;
    }

    /// <summary>The bits of a value without those above and below it, with its sign.</summary>
    private static int ToStored(int raw, int shift, PixelFormat format)
    {
        var value = (raw >> shift) & ((1 << format.BitsStored) - 1);
        return format.IsSigned && (value & (1 << (format.BitsStored - 1))) != 0 ? value - (1 << format.BitsStored) : value;
    }

    private static int[] Unpack(ReadOnlySpan<byte> bytes, PixelFormat format, bool isBigEndian, bool isPlanar)
    {
        var plane = format.Width * format.Height;
        var values = new int[plane * format.Samples];
        var shift = format.HighBit - format.BitsStored + 1;
        for (var i = 0; i < values.Length; i++)
        {
            var at = isPlanar ? (i % format.Samples * plane) + (i / format.Samples) : i;
            var raw = format.BitsAllocated == 8 ? bytes[at]
                : isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * at)..])
                : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * at)..]);
            values[i] = ToStored(raw, shift, format);
        }

        return values;
    }
}
