using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging.Dicom;

/// <summary>Kinds of files beside the golden ones, and damaged ones: a picture, or a refusal that names what is wrong, soon.</summary>
public sealed class DicomDecoderTests
{
    private const string Secret = "DOE^JANE";

    [Fact]
    public void Decode_TwelveBits_AreScaledFromTheWholeRange() =>
        Assert.Equal([0, 128, 255, 255], Decode(Create(), 0, 2055, 4095, 4095));

    [Fact]
    public void Decode_Frame_IsTheOneAskedFor()
    {
        var bytes = Write(Create(frames: 2), [0, 1, 2, 3, 4095, 0, 4095, 0]);

        Assert.Equal([255, 0, 255, 0], DicomDecoder.DecodeGray(bytes, "image", frame: 1).Pixels);
        Assert.Contains("(0028,0008)", Refuse(() => DicomDecoder.DecodeGray(bytes, "image", frame: 2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0028_0010u, (ushort)0, "(0028,0010) Rows is 0")]
    [InlineData(0x0028_0011u, (ushort)9000, "(0028,0011) Columns is 9000")]
    [InlineData(0x0028_0002u, (ushort)4, "(0028,0002) Samples per Pixel is 4")]
    [InlineData(0x0028_0100u, (ushort)32, "(0028,0100) Bits Allocated is 32")]
    [InlineData(0x0028_0101u, (ushort)0, "(0028,0101) Bits Stored is 0")]
    [InlineData(0x0028_0102u, (ushort)16, "(0028,0102) High Bit is 16")]
    [InlineData(0x0028_0102u, (ushort)3, "(0028,0102) High Bit is 3")]
    public void Decode_NumberOutOfRange_NamesTheElement(uint tag, ushort value, string expected)
    {
        var elements = Create();
        elements[tag] = ("US", BitConverter.GetBytes(value));

        Assert.Contains(expected, Refuse(() => Decode(elements, 0, 1, 2, 3)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0028_1053u, "0", 0x0028_1052u, "0", "(0028,1053) Rescale Slope is 0")]
    [InlineData(0x0028_1053u, "DOE^JANE", 0x0028_1052u, "0", "(0028,1053) Rescale Slope is no number")]
    [InlineData(0x0028_1050u, "1e999", 0x0028_1051u, "10", "(0028,1050) Window Center is no number")]
    [InlineData(0x0028_0004u, "DOE^JANE", 0x0028_1051u, "10", "(0028,0004) Photometric Interpretation must be")]
    public void Decode_TextThatIsWrong_NamesTheElementAndNotTheText(uint tag, string text, uint other, string otherText, string expected)
    {
        var elements = Create();
        elements[tag] = ("DS", Encoding.ASCII.GetBytes(text));
        elements[other] = ("DS", Encoding.ASCII.GetBytes(otherText));

        var message = Refuse(() => Decode(elements, 0, 1, 2, 3));

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_SequencesInsideOneAnother_AreRefusedByDepth()
    {
        var nested = new List<byte>();
        for (var i = 0; i < 3000; i++)
            nested.AddRange([8, 0, 0x11, 0x11, (byte)'S', (byte)'Q', 0, 0, 255, 255, 255, 255, 254, 255, 0, 224, 255, 255, 255, 255]);
        var bytes = Write(Create(), [0, 1, 2, 3]);
        byte[] file = [.. bytes[..132], .. nested];

        Assert.Contains("sequences inside one another", Refuse(() => DicomDecoder.DecodeGray(file, "image")), StringComparison.Ordinal);
    }

    /// <summary>Bytes, lengths or the end changed: each file is read or refused with a reason, soon.</summary>
    [Fact]
    public void Decode_OfMutatedFiles_EndsWithAPictureOrAReason()
    {
        const int Runs = 20_000;
        var files = GoldenFiles().Append(Write(Create(), [0, 1, 2, 3])).ToArray();
        var random = new Random(20261130);
        var worst = TimeSpan.Zero;
        for (var run = 0; run < Runs; run++)
        {
            var bytes = FileMutation.Mutate(files[random.Next(files.Length)], random, reach: 1200);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                DicomDecoder.DecodeGray(bytes, "image");
            }
            catch (MeshException error)
            {
                Assert.True(error.Message.Length is > 20 and < 600, error.Message);
                Assert.DoesNotContain("ANON", error.Message, StringComparison.Ordinal);
            }

            worst = clock.Elapsed > worst ? clock.Elapsed : worst;
        }

        Assert.True(worst < TimeSpan.FromSeconds(5), $"{worst}");
    }

    private static IEnumerable<byte[]> GoldenFiles()
    {
        var folder = Path.Combine(Repository.Root, "../shared/data/dicom-goldens/files");
        return Prerequisite.IsPresent(folder, "DICOM files to damage, kept beside the checkout")
            ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(f => f.Length > 0) : [];
    }

    private static string Refuse(Action decode) => Assert.Throws<MeshException>(decode).Message;

    private static byte[] Decode(SortedDictionary<uint, (string Vr, byte[] Value)> elements, params ushort[] pixels) =>
        DicomDecoder.DecodeGray(Write(elements, pixels), "image").Pixels;

    /// <summary>A radiograph of 2 x 2 pixels of 12 bits.</summary>
    private static SortedDictionary<uint, (string Vr, byte[] Value)> Create(int frames = 1) => new()
    {
        [0x0010_0010] = ("PN", Encoding.ASCII.GetBytes(Secret)),
        [0x0028_0002] = ("US", [1, 0]),
        [0x0028_0004] = ("CS", Encoding.ASCII.GetBytes("MONOCHROME2 ")),
        [0x0028_0008] = ("IS", [(byte)('0' + frames), (byte)' ']),
        [0x0028_0010] = ("US", [2, 0]),
        [0x0028_0011] = ("US", [2, 0]),
        [0x0028_0100] = ("US", [16, 0]),
        [0x0028_0101] = ("US", [12, 0]),
        [0x0028_0102] = ("US", [11, 0]),
        [0x0028_0103] = ("US", [0, 0]),
    };

    private static byte[] Write(SortedDictionary<uint, (string Vr, byte[] Value)> elements, ushort[] pixels)
    {
        var bytes = new List<byte>(new byte[128]);
        bytes.AddRange("DICM"u8.ToArray());
        foreach (var (tag, (vr, value)) in elements)
        {
            AddTag(tag, vr);
            bytes.AddRange([(byte)value.Length, 0]);
            bytes.AddRange(value);
        }

        AddTag(0x7FE0_0010, "OW");
        bytes.AddRange([0, 0]);
        bytes.AddRange(BitConverter.GetBytes(2 * pixels.Length));
        bytes.AddRange(pixels.SelectMany(BitConverter.GetBytes));
        return [.. bytes];

        void AddTag(uint tag, string vr) => bytes.AddRange(
            [(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8), (byte)vr[0], (byte)vr[1]]);
    }
}
