using System.IO.Compression;
using System.Text;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Provenance;

public sealed class PictureMarkTests
{
    private static readonly SyntheticMark _mark = SyntheticMark.FromModel("cxr-tiny-generator", "1", "Mild left pleural effusion.");

    [Theory]
    [InlineData("Opacity < 3 cm & “round” – 左肺, naïve", "Opacity < 3 cm & “round” – 左肺, naïve")]
    [InlineData("]]> \"two\" 'lines'\n\tof\r\ntext", "]]> \"two\" 'lines'\n\tof\r\ntext")]
    [InlineData("bell \a, nothing \0, whole \ud83e\udec1, last \uffff", "bell \ufffd, nothing \ufffd, whole \ud83e\udec1, last \ufffd")]
    [InlineData("  spaces stay  ", "  spaces stay  ")]
    [InlineData("", "")]
    public void Write_AnyPrompt_IsReadAgain(string prompt, string expected)
    {
        var mark = _mark with { Prompt = prompt, SpecDigest = new string('a', 64), Pair = 1234567890123 };

        Assert.All([Png(), Jpeg()], picture =>
            Assert.Equal(mark with { Prompt = expected }, PictureMark.Read(PictureMark.Write(picture, mark))));
    }

    [Fact]
    public void Write_HalfACharacter_IsReplaced() =>
        Assert.Equal("\ufffdx", PictureMark.Read(PictureMark.Write(Png(), _mark with { Prompt = "\ud83dx" }))!.Prompt);

    [Fact]
    public void Write_Png_AddsUnderOneKilobyteAndNoOtherChange()
    {
        var png = Png();

        var marked = PictureMark.Write(png, _mark);

        Assert.InRange(marked.Length - png.Length, 500, 1000);
        Assert.Equal(png[..33], marked[..33]);
        Assert.Equal(png[33..], marked[^(png.Length - 33)..]);
    }

    [Fact]
    public void Write_Twice_KeepsTheSecondMarkAlone()
    {
        var other = _mark with { Prompt = "Another one." };

        foreach (var picture in new[] { Png(), Jpeg() })
            Assert.Equal(PictureMark.Write(picture, other), PictureMark.Write(PictureMark.Write(picture, _mark), other));
    }

    [Fact]
    public void Read_NoMark_IsNull() => Assert.All([Png(), Jpeg()], picture => Assert.Null(PictureMark.Read(picture)));

    [Theory]
    [InlineData("<rdf:Description xmlns:e='{0}' e:DigitalSourceType='X'/>")]
    [InlineData("<rdf:Description/><rdf:Description xmlns:e='{0}'><e:DigitalSourceType> X </e:DigitalSourceType></rdf:Description>")]
    [InlineData("<rdf:Description xmlns:e='{0}'><e:DigitalSourceType rdf:resource='X'/></rdf:Description>")]
    [InlineData("<rdf:Description xmlns:e='{0}'><e:DigitalSourceType>\n<rdf:Bag><rdf:li>X</rdf:li></rdf:Bag></e:DigitalSourceType>"
        + "</rdf:Description>")]
    [InlineData("<rdf:Description xmlns:e='{0}'><e:DigitalSourceType><!-- c -->X</e:DigitalSourceType></rdf:Description>")]
    public void Read_OtherFormsOfRdf_AreRead(string description)
    {
        var rdf = string.Format(description, "http://iptc.org/std/Iptc4xmpExt/2008-02-29/");

        Assert.Equal("X", PictureMark.Read(WithPacket(Rdf(rdf)))!.DigitalSourceType);
    }

    [Theory]
    [InlineData("", "is not XML")]
    [InlineData("hello", "is not XML")]
    [InlineData("<x/>", "no element rdf:RDF")]
    [InlineData("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "is not XML")]
    public void Read_BrokenPacket_IsNamed(string packet, string problem) =>
        Assert.Contains(problem, Refuse(WithPacket(packet)), StringComparison.Ordinal);

    [Fact]
    public void Read_DeepPacket_IsRefused() => Assert.Contains("64 deep",
        Refuse(WithPacket(string.Concat(Enumerable.Repeat("<a>", 9999)))), StringComparison.Ordinal);

    [Fact]
    public void Read_PackedPacket_IsReadUpToItsLimit()
    {
        Assert.Null(PictureMark.Read(WithPacked(Rdf("<rdf:Description/>")))!.DigitalSourceType);
        Assert.Contains("at most 1048576", Refuse(WithPacked(new string(' ', 200_000_000))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 2, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 65 })]
    [InlineData(new byte[] { 0, 0, 0, 65 })]
    public void Read_BrokenChunk_IsNamed(byte[] rest)
    {
        var png = PngChunkWriter.Insert(Png(), "iTXt"u8, [.. "XML:com.adobe.xmp\0"u8, .. rest], _ => false);

        Assert.Contains("iTXt", Refuse(png), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PacketBeyondASegmentOfJpeg_IsRefused()
    {
        var mark = _mark with { Prompt = new string('x', 70_000) };

        Assert.Contains("segment of a JPEG", Assert.Throws<ProvenanceFormatException>(() => PictureMark.Write(Jpeg(), mark)).Message,
            StringComparison.Ordinal);
        Assert.Equal(mark, PictureMark.Read(PictureMark.Write(Png(), mark)));
    }

    [Theory]
    [InlineData(new byte[0], "neither PNG nor JPEG")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF }, "truncated")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xFF, 0xFF }, "truncated")]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }, "truncated")]
    public void Write_NoPicture_IsNamed(byte[] file, string problem)
    {
        var refusal = Assert.Throws<ProvenanceFormatException>(() => PictureMark.Write(file, _mark));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, Refuse(file), StringComparison.Ordinal);
    }

    private static byte[] Png() => ImageCodec.EncodePng(GrayImage.Filled(16, 8, 77));

    private static byte[] Jpeg() => ImageCodec.EncodeJpeg(new RasterImage(16, 8, channels: 1, GrayImage.Filled(16, 8, 77).Pixels), 90);

    private static string Rdf(string content) =>
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        + $"{content}</rdf:RDF></x:xmpmeta>";

    private static byte[] WithPacket(string packet) =>
        PngChunkWriter.Insert(Png(), "iTXt"u8, [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(packet)], _ => false);

    private static byte[] WithPacked(string packet)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(Encoding.UTF8.GetBytes(packet));
        return PngChunkWriter.Insert(Png(), "iTXt"u8, [.. "XML:com.adobe.xmp\0\u0001\0\0\0"u8, .. packed.ToArray()], _ => false);
    }

    private static string Refuse(byte[] file) => Assert.Throws<ProvenanceFormatException>(() => PictureMark.Read(file)).Message;
}
