using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// The one PNG encoder of the mesh: 8-bit gray or RGB, each row by the filter of the smallest sum of absolute differences (the lowest
/// number wins a tie), packed by <see cref="DeflateEncoder"/>. It calls no library whose next version could pack otherwise: a golden hash
/// holds it.
/// </summary>
internal static class PngEncoder
{
    private const int Filters = 5;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static byte[] Encode(RasterImage image)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8; // bits a sample; then the colour type, deflate, adaptive filters, no interlace
        header[9] = (byte)(image.Channels == 1 ? 0 : 2); // gray or RGB
        PngChunkWriter.Write(file, "IHDR"u8, header);
        PngChunkWriter.Write(file, "IDAT"u8, DeflateEncoder.EncodeZlib(Filter(image)));
        PngChunkWriter.Write(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Filter(RasterImage image)
    {
        var width = image.Width * image.Channels;
        var filtered = new byte[image.Height * (width + 1)];
        var previous = new byte[width];
        var candidate = new byte[width];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * width, width);
            var target = filtered.AsSpan(y * (width + 1), width + 1);
            var best = long.MaxValue;
            for (var filter = 0; filter < Filters; filter++)
            {
                var cost = Apply(filter, row, previous, image.Channels, candidate);
                if (cost >= best)
                    continue;
                best = cost;
                target[0] = (byte)filter;
                candidate.CopyTo(target[1..]);
            }

            row.CopyTo(previous);
        }

        return filtered;
    }

    private static long Apply(int filter, ReadOnlySpan<byte> row, byte[] above, int step, byte[] result)
    {
        long cost = 0;
        for (var x = 0; x < row.Length; x++)
        {
            int a = x >= step ? row[x - step] : 0, b = above[x], c = x >= step ? above[x - step] : 0;
            var guess = filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => Paeth(a, b, c) };
            result[x] = (byte)(row[x] - guess);
            cost += Math.Abs((int)(sbyte)result[x]);
        }

        return cost;
    }

    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c, pa = Math.Abs(p - a), pb = Math.Abs(p - b), pc = Math.Abs(p - c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
}
