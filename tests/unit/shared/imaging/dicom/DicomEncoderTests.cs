using System.Buffers.Binary;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Dicom;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging.Dicom;

public sealed class DicomEncoderTests
{
    private static readonly SyntheticRadiograph _description = new("set|7", "SYN-0123456789-7", 7, DateTimeOffset.UnixEpoch.AddDays(20_500),
        "cxr-tiny-generator 1", "Synthetic chest radiographs", "Mild \\ left\npleural effusion, naïve 左肺.");

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void Encode_AnImage_IsShownAsItWas(int bits)
    {
        var image = CreateImage(15, 17); // an odd number of pixels is padded

        var file = DicomEncoder.Encode(image, _description, bits);

        Assert.Equal(image.Pixels, DicomDecoder.DecodeGray(file, "image").Pixels);
        Assert.Equal(file, DicomEncoder.Encode(image, _description, bits));
        Assert.Equal(0, file.Length % 2);
    }

    [Fact]
    public void Encode_AnImage_SaysThatItIsSynthetic()
    {
        var (elements, syntax) = DicomReader.Read(DicomEncoder.Encode(CreateImage(8, 8), _description, 8));

        Assert.Equal("1.2.840.10008.1.2.1", syntax);
        Assert.Equal("YES", elements.FindText(DicomTags.SyntheticData));
        Assert.Equal("RESEARCH", elements.FindText(DicomTags.ContentQualification));
        Assert.Equal("SYNTHETIC^NOBODY", elements.FindText(0x0010_0010));
        Assert.Equal("Mild / left pleural effusion, na??ve ??????.", elements.FindText(0x0020_4000)); // UTF-8 read as ASCII
        Assert.Equal("20260216", elements.FindText(0x0008_0020));
    }

    [Fact]
    public void Encode_TwelveBits_StretchesToTheWholeRange()
    {
        var file = DicomEncoder.Encode(new GrayImage(2, 1, [0, 255]), _description, 12);

        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(^4)));
        Assert.Equal(4095, BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(^2)));
    }

    [Fact]
    public void Encode_TwoImages_AreOfTwoStudies()
    {
        string[] ids = [.. new[] { "set|7", "set|8" }.SelectMany(key =>
        {
            var (elements, _) = DicomReader.Read(DicomEncoder.Encode(CreateImage(8, 8), _description with { Key = key }, 8));
            return new[] { 0x0008_0018u, 0x0020_000Du, 0x0020_000Eu }.Select(elements.FindText);
        })];

        Assert.Equal(6, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches(@"^2\.25\.[1-9][0-9]{0,38}$", id));
    }

    [Fact]
    public void Encode_OtherDepth_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DicomEncoder.Encode(CreateImage(8, 8), _description, 16));

    /// <summary>The validator of dicom3tools is older than Synthetic Data (0008,001C), and must find nothing else.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public async Task Encode_AnImage_IsCleanUnderDciodvfy(int bits)
    {
        if (!Prerequisite.IsOnPath("dciodvfy", "apt-get install dicom3tools"))
            return;
        using var scratch = new ScratchFolder();
        File.WriteAllBytes(scratch["image.dcm"], DicomEncoder.Encode(CreateImage(96, 80), _description, bits));

        var output = await ForeignProgram.RunAsync("dciodvfy", scratch["image.dcm"]);

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("DXImageForPresentation", lines);
        Assert.DoesNotContain(lines, line => line != "DXImageForPresentation" && !line.Contains("(0x0008,0x001c)", StringComparison.Ordinal)
            && !line.Contains("this is a Standard Extended SOP Class", StringComparison.Ordinal));
    }

    private static GrayImage CreateImage(int width, int height) =>
        new(width, height, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 31))]);
}
