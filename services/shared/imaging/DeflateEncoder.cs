using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// A small deflate (RFC 1951) that always packs the same bytes the same way: runs of one byte become matches of distance 1, everything
/// else is a literal, and each block has its own Huffman codes. On filtered radiographs that comes within a few per cent of zlib.
/// </summary>
internal static class DeflateEncoder
{
    private const int BlockTokens = 1 << 16;
    private const int EndOfBlock = 256;
    private const int MinRun = 3;
    private const int MaxRun = 258;
    private static readonly int[] _lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258];
    private static readonly int[] _lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly int[] _lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>The bytes in zlib's wrapping (RFC 1950).</summary>
    public static byte[] EncodeZlib(ReadOnlySpan<byte> bytes)
    {
        var bits = new BitWriter();
        bits.Write(0x0178, 16); // deflate, 32 KiB window, fastest; the header's check bits
        var tokens = Tokens(bytes);
        for (var start = 0; start < tokens.Count || start == 0; start += BlockTokens)
        {
            var count = Math.Min(BlockTokens, tokens.Count - start);
            WriteBlock(bits, tokens.GetRange(start, count), isLast: start + BlockTokens >= tokens.Count);
        }

        var packed = bits.Finish();
        Array.Resize(ref packed, packed.Length + 4);
        BinaryPrimitives.WriteUInt32BigEndian(packed.AsSpan(packed.Length - 4), Adler32(bytes));
        return packed;
    }

    /// <summary>Literals as 0 to 255, runs of n repeats of the byte before as 256 + n.</summary>
    private static List<int> Tokens(ReadOnlySpan<byte> bytes)
    {
        var tokens = new List<int>(bytes.Length);
        for (var i = 0; i < bytes.Length;)
        {
            var run = 0;
            while (i > 0 && run < MaxRun && i + run < bytes.Length && bytes[i + run] == bytes[i - 1])
                run++;
            tokens.Add(run >= MinRun ? EndOfBlock + run : bytes[i]);
            i += run >= MinRun ? run : 1;
        }

        return tokens;
    }

    private static void WriteBlock(BitWriter bits, List<int> tokens, bool isLast)
    {
        var counts = new int[286];
        counts[EndOfBlock] = 1;
        foreach (var token in tokens)
            counts[SymbolOf(token)]++;
        var code = HuffmanCode.Build(counts, 15);
        bits.Write(isLast ? 1 : 0, 1);
        bits.Write(2, 2); // dynamic Huffman codes
        WriteLengths(bits, code);
        foreach (var token in tokens)
        {
            var symbol = SymbolOf(token);
            bits.Write(code.Codes[symbol], code.Lengths[symbol]);
            if (token <= EndOfBlock)
                continue;
            var slot = symbol - EndOfBlock - 1;
            bits.Write(token - EndOfBlock - _lengthBase[slot], _lengthBits[slot]);
            bits.Write(0, 1); // distance 1
        }

        bits.Write(code.Codes[EndOfBlock], code.Lengths[EndOfBlock]);
    }

    private static void WriteLengths(BitWriter bits, HuffmanCode code)
    {
        var used = Array.FindLastIndex(code.Lengths, l => l > 0) + 1;
        int[] lengths = [.. code.Lengths[..used], 1]; // and the one distance code, of one bit
        var symbols = RunLengths(lengths);
        var counts = new int[19];
        foreach (var (symbol, _, _) in symbols)
            counts[symbol]++;
        var outer = HuffmanCode.Build(counts, 7);
        var sent = Array.FindLastIndex(_lengthOrder, s => outer.Lengths[s] > 0) + 1;
        bits.Write(used - 257, 5);
        bits.Write(0, 5);
        bits.Write(Math.Max(sent, 4) - 4, 4);
        foreach (var symbol in _lengthOrder.Take(Math.Max(sent, 4)))
            bits.Write(outer.Lengths[symbol], 3);
        foreach (var (symbol, extra, width) in symbols)
        {
            bits.Write(outer.Codes[symbol], outer.Lengths[symbol]);
            bits.Write(extra, width);
        }
    }

    private static List<(int Symbol, int Extra, int Width)> RunLengths(int[] lengths)
    {
        var symbols = new List<(int, int, int)>();
        for (var i = 0; i < lengths.Length;)
        {
            var zeros = 0;
            while (zeros < 138 && i + zeros < lengths.Length && lengths[i + zeros] == 0)
                zeros++;
            symbols.Add(zeros switch { < 3 => (lengths[i], 0, 0), < 11 => (17, zeros - 3, 3), _ => (18, zeros - 11, 7) });
            i += zeros < 3 ? 1 : zeros;
        }

        return symbols;
    }

    private static int SymbolOf(int token)
    {
        if (token < EndOfBlock)
            return token;
        var slot = _lengthBase.Length - 1;
        while (_lengthBase[slot] > token - EndOfBlock)
            slot--;
        return EndOfBlock + 1 + slot;
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        uint a = 1, b = 0;
        foreach (var value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        return (b << 16) | a;
    }

    private sealed class BitWriter
    {
        private readonly List<byte> _bytes = [];
        private uint _pending;
        private int _count;

        public void Write(int value, int width)
        {
            _pending |= (uint)value << _count;
            for (_count += width; _count >= 8; _count -= 8)
            {
                _bytes.Add((byte)_pending);
                _pending >>= 8;
            }
        }

        public byte[] Finish()
        {
            if (_count > 0)
                _bytes.Add((byte)_pending);
            return [.. _bytes];
        }
    }
}
