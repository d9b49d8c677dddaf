using System.Buffers.Binary;
using System.IO.Compression;

namespace SynCxr.Mesh.Testkit;

/// <summary>Whole, valid image files of kinds that the mesh does not take as they are: made here, byte by byte.</summary>
public static class ForeignImages
{
    /// <summary>A 16-bit gray PNG (colour type 0, depth 16), 24 wide and 16 high, a slope over all 65,536 levels.</summary>
    public static byte[] SixteenBitGrayPng()
    {
        const int Width = 24, Height = 16;
        var rows = new byte[Height * (1 + (2 * Width))];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
                BinaryPrimitives.WriteUInt16BigEndian(rows.AsSpan((y * (1 + (2 * Width))) + 1 + (2 * x)),
                    (ushort)(((y * Width) + x) * 65535 / ((Width * Height) - 1)));
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 16;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(rows);
        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>
    /// A baseline JPEG of four components with Adobe's mark for CMYK, 16 by 16. Each of its sixteen blocks is flat: one DC difference and
    /// an end of block, coded with the shortest tables that are enough.
    /// </summary>
    public static byte[] CmykJpeg()
    {
        byte[] quantization = [0, .. Enumerable.Repeat((byte)8, 64)];
        byte[] frame = [8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
        // Two DC codes of two bits, 00 for "no difference" and 01 for a difference of five bits; one AC code of one bit, 0 for "end of
        // block".
        byte[] dc = [0x00, 0, 2, .. new byte[14], 0, 5];
        byte[] ac = [0x10, 1, .. new byte[15], 0];
        byte[] scan = [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
        var bits = new JpegBitWriter();
        for (var unit = 0; unit < 4; unit++)
        {
            foreach (var level in (ReadOnlySpan<int>)[20, 24, 17, 31])
            {
                // The first block of a component says its level, the three after it that nothing changes.
                if (unit == 0)
                    bits.Write(0b01, 2).Write(level, 5);
                else
                    bits.Write(0b00, 2);
                bits.Write(0, 1);
            }
        }

        return
        [
            0xFF, 0xD8, .. Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]), .. Segment(0xDB, quantization), .. Segment(0xC0, frame),
            .. Segment(0xC4, dc), .. Segment(0xC4, ac), .. Segment(0xDA, scan), .. bits.ToPaddedBytes(), 0xFF, 0xD9,
        ];
    }

    private static byte[] Segment(byte marker, byte[] body) =>
        [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data];
        var (length, sum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        var crc = uint.MaxValue;
        foreach (var value in body)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        BinaryPrimitives.WriteUInt32BigEndian(sum, ~crc);
        return [.. length, .. body, .. sum];
    }

    /// <summary>Bits, most significant first; a byte 0xFF is followed by a zero as JPEG asks.</summary>
    private sealed class JpegBitWriter
    {
        private readonly List<bool> _bits = [];

        public JpegBitWriter Write(int value, int count)
        {
            for (var bit = count - 1; bit >= 0; bit--)
                _bits.Add(((value >> bit) & 1) != 0);
            return this;
        }

        public byte[] ToPaddedBytes()
        {
            var bytes = new List<byte>();
            foreach (var eight in _bits.Chunk(8))
            {
                var value = Enumerable.Range(0, 8).Aggregate(0, (sum, i) => (sum << 1) | (i >= eight.Length || eight[i] ? 1 : 0));
                bytes.Add((byte)value);
                if (value == 0xFF)
                    bytes.Add(0);
            }

            return [.. bytes];
        }
    }
}
