using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>A frame of DICOM's run lengths (PS3.5, annex G): one segment a byte of a sample, the upper byte first.</summary>
internal static class RunLengthFrame
{
    private const int HeaderBytes = 64;

    /// <returns>The samples as planes, 16-bit ones little-endian.</returns>
    public static byte[] Decode(ReadOnlySpan<byte> code, PixelFormat format)
    {
        var wanted = format.Samples * format.BytesPerSample;
        if (code.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(code) != wanted)
            throw new DicomFormatException(DicomTags.PixelData, $"must have {wanted} run-length segments");
        var plane = format.Width * format.Height;
        var samples = new byte[format.FrameBytes];
        for (var segment = 0; segment < wanted; segment++)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(code[(4 * (segment + 1))..]);
            if (start < HeaderBytes || start > code.Length)
                throw new DicomFormatException(DicomTags.PixelData, "has a run-length segment outside of itself");
            var (sample, part) = (segment / format.BytesPerSample, segment % format.BytesPerSample);
            var low = format.BytesPerSample - 1 - part;
            Expand(code[(int)start..], samples.AsSpan((sample * plane * format.BytesPerSample) + low), format.BytesPerSample, plane);
        }

        return samples;
    }

    private static void Expand(ReadOnlySpan<byte> code, Span<byte> into, int step, int count)
    {
        var at = 0;
        for (var written = 0; written < count;)
        {
            if (at >= code.Length)
                throw new DicomFormatException(DicomTags.PixelData, "has a run-length segment that is too short");
            var head = (sbyte)code[at++];
            if (head == sbyte.MinValue)
                continue;
            var length = head >= 0 ? head + 1 : 1 - head;
            if (at + (head >= 0 ? length : 1) > code.Length)
                throw new DicomFormatException(DicomTags.PixelData, "has a run-length segment that is too short");
            for (var i = 0; i < length && written < count; i++, written++)
                into[written * step] = code[head >= 0 ? at + i : at];
            at += head >= 0 ? length : 1;
        }
    }
}
