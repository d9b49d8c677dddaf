using System.Buffers.Binary;
using System.IO.Compression;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// PNG of 16 bits a sample, as PadChest and hospitals' exports have it, shown in 8 bits by the depth window: 0 is black, and white is the
/// largest value of the smallest of 8, 10, 12, 14 and 16 bits that holds every value of the image. Colour is brought to gray first; alpha
/// is ignored. The library that reads the other
/// files gives of these the upper 8 bits alone.
/// </summary>
internal static class DeepPngDecoder
{
    private const int SampleBytes = 2;
    private static readonly int[] _depths = [8, 10, 12, 14, 16];

    /// <param name="bytes">The file, whose header says 16 bits.</param>
    /// <param name="header">Its header, whose size has been checked.</param>
    /// <param name="field">Its path in the request.</param>
    /// <exception cref="MeshException">INVALID_FIELD: interlaced, truncated or broken.</exception>
    public static GrayImage Decode(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        var values = ReadValues(bytes, header, field);
        var most = values.Max();
        var white = (1 << _depths.First(d => most < 1 << d)) - 1;
        return new GrayImage(header.Width, header.Height, [.. values.Select(v => (byte)(((v * 255L * 2) + white) / (2L * white)))]);
    }

    /// <summary>The gray values as they are stored, row by row.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: interlaced, truncated or broken.</exception>
    public static int[] ReadValues(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        var colourType = bytes[25];
        var samples = colourType switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => throw MeshException.Invalid(field, $"is a PNG of 16 bits with colour type {colourType}; 0, 2, 4 and 6 are those of PNG"),
        };
        if (bytes[28] != 0)
            throw MeshException.Invalid(field, "is an interlaced PNG of 16 bits; save it without interlacing");
        return ReadRows(bytes, header, samples, field);
    }

    private static int[] ReadRows(ReadOnlySpan<byte> bytes, ImageHeader header, int samples, string field)
    {
        var (stride, step) = (header.Width * samples * SampleBytes, samples * SampleBytes);
        using var stream = new ZLibStream(new MemoryStream(JoinData(bytes)), CompressionMode.Decompress);
        byte[] row = new byte[stride + 1], above = new byte[stride];
        var values = new int[header.Width * header.Height];
        for (var y = 0; y < header.Height; y++)
        {
            try
            {
                stream.ReadExactly(row);
            }
            catch (Exception error) when (error is IOException or InvalidDataException)
            {
                // An inflater that is asked for a preset dictionary throws an IOException of its own.
                throw MeshException.Invalid(field, error is EndOfStreamException ? "is a truncated PNG" : "is a broken PNG");
            }

            var line = row.AsSpan(1);
            if (!TryUnfilter(row[0], line, above, step))
                throw MeshException.Invalid(field, $"is a broken PNG: row {y + 1} has no filter of PNG");
            for (var x = 0; x < header.Width; x++)
                values[(y * header.Width) + x] = ToGray(line[(x * step)..], samples);
            line.CopyTo(above);
        }

        return values;
    }

    private static int ToGray(ReadOnlySpan<byte> pixel, int samples)
    {
        var first = BinaryPrimitives.ReadUInt16BigEndian(pixel);
        return samples <= 2 ? first : ((299 * first) + (587 * BinaryPrimitives.ReadUInt16BigEndian(pixel[2..]))
            + (114 * BinaryPrimitives.ReadUInt16BigEndian(pixel[4..])) + 500) / 1000;
    }

    private static byte[] JoinData(ReadOnlySpan<byte> bytes)
    {
        using var data = new MemoryStream();
        for (var at = PngEncoder.Signature.Length; at + 12 <= bytes.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            if (length > (uint)(bytes.Length - at - 12))
                break;
            if (bytes.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
                data.Write(bytes.Slice(at + 8, (int)length));
            at += (int)length + 12;
        }

        return data.ToArray();
    }

    /// <summary>PNG's five filters, from left to right (PNG specification, 9.2).</summary>
    private static bool TryUnfilter(byte filter, Span<byte> line, ReadOnlySpan<byte> above, int step)
    {
        for (var i = 0; i < line.Length; i++)
        {
            var (left, up, corner) = (i < step ? 0 : line[i - step], above[i], i < step ? 0 : above[i - step]);
            switch (filter)
            {
                case 0:
                    break;
                case 1:
                    line[i] += (byte)left;
                    break;
                case 2:
                    line[i] += up;
                    break;
                case 3:
                    line[i] += (byte)((left + up) / 2);
                    break;
                case 4:
                    line[i] += Predict(left, up, corner);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static byte Predict(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        var (toLeft, toUp, toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }
}
