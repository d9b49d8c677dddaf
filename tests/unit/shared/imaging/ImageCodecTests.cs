using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging;

public sealed class ImageCodecTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 64)]
    [InlineData(7, 300)]
    [InlineData(513, 257)]
    public void EncodePng_NoiseAndSlopesAndBlanks_DecodeToTheSamePixels(int width, int height)
    {
        foreach (var image in new[] { Noise(width, height), Slope(width, height), GrayImage.Filled(width, height, 0),
            GrayImage.Filled(width, height, 200) })
            Assert.Equal(image.Pixels, ImageCodec.DecodeGray(ImageCodec.EncodePng(image), "image").Pixels);
    }

    [Fact]
    public void EncodePng_SkewedCounts_StayWithinTheCodeLimit()
    {
        // Fibonacci counts make the deepest Huffman tree: without a limit some codes would be longer than deflate allows.
        var pixels = new List<byte>();
        for (int symbol = 0, a = 1, b = 1; symbol < 22; symbol++, (a, b) = (b, a + b))
            pixels.AddRange(Enumerable.Repeat((byte)(symbol * 11), a));
        new Random(3).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pixels));
        var packed = DeflateEncoder.EncodeZlib(pixels.ToArray());
        using var unpacked = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress))
            zlib.CopyTo(unpacked);
        Assert.Equal(pixels, unpacked.ToArray());
    }

    [Fact]
    public void EncodePng_GoldenImages_GiveTheGoldenBytes()
    {
        // These digests are part of the promise that the same spec gives the same bytes: a change of the encoder changes every data set.
        Assert.Equal("4f933332fc57e29c38309476913d43cff36750d6f13288f6a6435b27154728d2",
            Sha256Digest.HexOf(ImageCodec.EncodePng(Noise(64, 64))));
        Assert.Equal("ff7749d4d51b6981272cceffef9cb8c97166e6fd7529217a601dbed0bdfc786a",
            Sha256Digest.HexOf(ImageCodec.EncodePng(Slope(300, 200))));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(33, 7)]
    [InlineData(64, 96)]
    public void EncodePng_Colour_DecodesToTheSamePixelsAndTheirGray(int width, int height)
    {
        var image = RasterImage.FromPlanes([Noise(width, height), Slope(width, height), GrayImage.Filled(width, height, 200)]);
        var png = ImageCodec.EncodePng(image);
        var decoded = ImageCodec.Decode(png, "image");
        Assert.Equal(3, decoded.Channels);
        Assert.Equal(image.Pixels, decoded.Pixels);
        Assert.Equal(Slope(width, height).Pixels, decoded.GetPlane(1).Pixels);
        Assert.Equal(((299 * image.Pixels[0]) + (587 * image.Pixels[1]) + (114 * 200) + 500) / 1000,
            ImageCodec.DecodeGray(png, "image").Pixels[0]);
        Assert.Equal(1, ImageCodec.Decode(ImageCodec.EncodePng(Noise(width, height)), "image").Channels);
    }

    [Fact]
    public void EncodePng_SlopeWithALittleNoise_IsNotMuchLargerThanZlibs()
    {
        var image = new GrayImage(256, 256, [.. Slope(256, 256).Pixels.Zip(Noise(256, 256).Pixels, (s, n) => (byte)(s + (n >> 5)))]);
        using var bitmap = new SKBitmap(new SKImageInfo(256, 256, SKColorType.Gray8));
        image.Pixels.CopyTo(bitmap.GetPixelSpan());
        using var skia = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.InRange(ImageCodec.EncodePng(image).Length, 1, (int)(skia.Size * 1.05));
    }

    [Fact]
    public void DecodeGray_ColourJpeg_IsCloseToItsLuma()
    {
        using var bitmap = new SKBitmap(32, 32);
        bitmap.Erase(new SKColor(200, 100, 50));
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        var image = ImageCodec.DecodeGray(jpeg.ToArray(), "image");
        Assert.Equal((32, 32), (image.Width, image.Height));
        Assert.All(image.Pixels, p => Assert.InRange(p, 122, 126)); // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    }

    [Theory]
    [InlineData(0, 8, 1)] // gray
    [InlineData(4, 8, 2)] // gray and alpha
    [InlineData(6, 8, 4)] // RGB and alpha
    [InlineData(2, 8, 3)] // RGB
    public void DecodeGray_TransparentPng_IgnoresAlpha(byte colourType, byte depth, int channels)
    {
        var row = new byte[1 + (2 * channels)];
        for (var c = 0; c < channels; c++)
            (row[1 + c], row[1 + channels + c]) = colourType is 4 or 6 && c == channels - 1 ? ((byte)0, (byte)255) : ((byte)90, (byte)201);
        Assert.Equal([90, 201], ImageCodec.DecodeGray(RawPng(2, 1, colourType, depth, row), "image").Pixels);
    }

    [Fact]
    public void DecodeGray_OneBitPng_BecomesBlackAndWhite() =>
        Assert.Equal([255, 0, 255, 0], ImageCodec.DecodeGray(RawPng(4, 1, 0, 1, [0, 0b1010_0000]), "image").Pixels);

    [Fact]
    public void DecodeGray_SixteenBitPng_IsShownByItsWholeDepth()
    {
        var png = ForeignImages.SixteenBitGrayPng();
        AssertDecodes(png, 24, 16);

        var image = ImageCodec.DecodeGray(png, "image");

        Assert.Equal([.. Enumerable.Range(0, 384).Select(i => (byte)Math.Floor((i * 65535 / 383 * 255 / 65535.0) + 0.5))], image.Pixels);
    }

    /// <summary>White is the largest value of 8, 10, 12, 14 or 16 bits, whichever holds all of them.</summary>
    [Theory]
    [InlineData(255, 255, 255)]
    [InlineData(256, 64, 16)]
    [InlineData(1023, 255, 64)]
    [InlineData(4095, 255, 64)]
    [InlineData(2048, 128, 32)]
    [InlineData(16383, 255, 64)]
    [InlineData(16384, 64, 16)]
    [InlineData(0, 0, 0)]
    public void DecodeGray_SixteenBitPng_DepthIsTheValues(int most, byte shade, byte quarterShade)
    {
        var quarter = most == 255 ? 255 : most / 4;
        byte[] row = [0, (byte)(most >> 8), (byte)most, (byte)(quarter >> 8), (byte)quarter];

        Assert.Equal([shade, quarterShade], ImageCodec.DecodeGray(RawPng(2, 1, 0, 16, row), "image").Pixels);
    }

    /// <summary>Each of PNG's filters, in rows of two pixels of 16 bits whose values are 4369 times the list.</summary>
    [Theory]
    [InlineData(0, new[] { 1, 2, 3, 5 })]
    [InlineData(1, new[] { 1, 2, 3, 5 })]
    [InlineData(2, new[] { 1, 2, 3, 5 })]
    [InlineData(3, new[] { 1, 2, 3, 5 })]
    [InlineData(4, new[] { 1, 2, 3, 15 })]
    public void DecodeGray_SixteenBitPng_FiltersAreUndone(byte filter, int[] values)
    {
        byte[] plain = [.. values.SelectMany(v => new[] { (byte)(v * 17), (byte)(v * 17) })];
        var rows = new byte[10];
        for (var y = 0; y < 2; y++)
        {
            rows[5 * y] = filter;
            for (var i = 0; i < 4; i++)
            {
                int left = i < 2 ? 0 : plain[(4 * y) + i - 2], up = y == 0 ? 0 : plain[i], corner = i < 2 || y == 0 ? 0 : plain[i - 2];
                var paeth = new[] { left, up, corner }.MinBy(c => Math.Abs(left + up - corner - c));
                var guess = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => paeth };
                rows[(5 * y) + 1 + i] = (byte)(plain[(4 * y) + i] - guess);
            }
        }

        var depth = new[] { 255, 1023, 4095, 16383, 65535 }.First(d => values.Max() * 4369 <= d);
        Assert.Equal([.. values.Select(v => (byte)Math.Floor((v * 4369 * 255.0 / depth) + 0.5))],
            ImageCodec.DecodeGray(RawPng(2, 2, 0, 16, rows), "image").Pixels);
    }

    [Fact]
    public void DecodeGray_SixteenBitPngCutOff_IsRefused() =>
        Refused(RawPng(4, 4, 0, 16, [0, 1, 2, 3, 4, 5, 6, 7, 8]), "truncated");

    [Fact]
    public void DecodeGray_CmykJpeg_IsRefusedByName()
    {
        var jpeg = ForeignImages.CmykJpeg();
        AssertDecodes(jpeg, 16, 16);
        Refused(jpeg, "CMYK");
    }

    [Fact]
    public void DecodeGray_TwelveBitJpeg_IsRefusedByName()
    {
        var jpeg = Jpeg();
        jpeg[FrameOf(jpeg) + 4] = 12;
        Refused(jpeg, "12-bit");
    }

    [Fact]
    public void DecodeGray_JpegWithAnOrientationMark_GivesTheStoredPixels()
    {
        byte[] tiff = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        byte[] exif = [0xFF, 0xE1, 0, (byte)(2 + 6 + tiff.Length), .. "Exif\0\0"u8, .. tiff];
        var plain = Jpeg();
        byte[] marked = [.. plain[..2], .. exif, .. plain[2..]];
        using (var codec = SKCodec.Create(new MemoryStream(marked)))
            Assert.Equal(SKEncodedOrigin.RightTop, codec.EncodedOrigin); // the mark is a right one
        var image = ImageCodec.DecodeGray(marked, "image");
        Assert.Equal((40, 30), (image.Width, image.Height));
        Assert.Equal(ImageCodec.DecodeGray(plain, "image").Pixels, image.Pixels);
    }

    [Fact]
    public void DecodeGray_RealRadiographs_AreAllTakenAndPackedSmall()
    {
        string[] folders = ["kermany-cxr-224/valid", "nih-cxr14-64px/NIH1000/valid", "nih-cxr14-labels"];
        foreach (var name in folders)
        {
            if (!SharedData.TryFind(name, out var folder))
                return;
            var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => Path.GetExtension(f) is ".png" or ".jpeg" or ".jpg").Order(StringComparer.Ordinal).ToArray();
            long packed = 0, zlib = 0;
            foreach (var file in files.Where((_, i) => i % 8 == 0))
            {
                var image = ImageCodec.DecodeGray(File.ReadAllBytes(file), file);
                using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Gray8));
                for (var y = 0; y < image.Height; y++)
                    image.Pixels.AsSpan(y * image.Width, image.Width).CopyTo(bitmap.GetPixelSpan()[(y * bitmap.RowBytes)..]);
                using var skia = bitmap.Encode(SKEncodedImageFormat.Png, 100);
                packed += ImageCodec.EncodePng(image).Length;
                zlib += skia.Size;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {files.Length} files, packed to {packed} bytes, by zlib {zlib}");
            Assert.NotEmpty(files);
            Assert.InRange(packed, 1, (long)(zlib * 1.05));
        }
    }

    [Fact]
    public void DecodeGray_PngBomb_IsRefusedBeforeDecoding() =>
        Refused(RawPng(50_000, 50_000, 0, 8, new byte[1000]), "50000 x 50000");

    [Fact]
    public void DecodeGray_PngOfMoreThan32BitSides_IsRefused() =>
        Refused(RawPng(-1, 1, 0, 8, new byte[10]), "pixels a side");

    [Fact]
    public void DecodeGray_JpegBomb_IsRefusedBeforeDecoding()
    {
        var jpeg = Jpeg();
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(FrameOf(jpeg) + 5), 65_000);
        Refused(jpeg, "65000");
    }

    [Fact]
    public void DecodeGray_FileOverTheLimit_IsRefused() => Refused(new byte[ImageCodec.MaxBytes + 1], "bytes long");

    [Fact]
    public void DecodeGray_Text_IsRefused() => Refused("no image at all"u8.ToArray(), "neither PNG nor JPEG");

    [Fact]
    public void DecodeGray_Nothing_IsRefused() => Refused([], "empty");

    [Fact]
    public void DecodeGray_TruncatedAnywhere_IsRefused()
    {
        foreach (var whole in new[] { ImageCodec.EncodePng(Noise(40, 40)), Jpeg() })
        {
            for (var length = 0; length < whole.Length - 1; length += Math.Max(1, whole.Length / 97))
                Refused(whole[..length], "");
            Refused(whole[..^1], "");
        }
    }

    [Fact]
    public void DecodeGray_AnyByteChanged_GivesAnImageOrARefusal()
    {
        var random = new Random(7);
        foreach (var whole in new[] { ImageCodec.EncodePng(Noise(24, 24)), Jpeg() })
        {
            for (var turn = 0; turn < 300; turn++)
            {
                var bytes = (byte[])whole.Clone();
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                try
                {
                    Assert.NotEmpty(ImageCodec.DecodeGray(bytes, "image").Pixels);
                }
                catch (MeshException error)
                {
                    Assert.Equal("image", Assert.Single(error.Fields).Field);
                }
            }
        }
    }

    [Fact]
    public void Area_IntegerFactor_IsTheMeanOfEachBlock()
    {
        var image = new GrayImage(4, 2, [10, 20, 0, 255, 30, 40, 255, 0]);
        Assert.Equal([25, 128], ImageResizer.ResizeByArea(image, 2, 1).Pixels);
    }

    [Fact]
    public void Resize_SideThatShrinks_IsAreaAndOneThatGrowsIsBicubic()
    {
        // Keys' kernel with -0.5 over the pixels that there are, worked out apart from this code.
        Assert.Equal([0, 17, 71, 131, 193, 174, 81, 37],
            ImageResizer.Resize(new GrayImage(4, 1, [0, 100, 200, 50]), 8, 1).Pixels.Select(p => (int)p));
        var noise = Noise(9, 9);
        Assert.Equal(ImageResizer.ResizeByArea(noise, 4, 3).Pixels, ImageResizer.Resize(noise, 4, 3).Pixels);
        Assert.All(ImageResizer.Resize(GrayImage.Filled(3, 3, 137), 64, 50).Pixels, p => Assert.Equal(137, p));
        Assert.Equal(64 * 2, ImageResizer.Resize(noise, 64, 2).Pixels.Length); // one side grows, the other shrinks
    }

    [Theory]
    [InlineData(224, 224, 64, 64)]
    [InlineData(5, 7, 3, 2)]
    [InlineData(3, 3, 10, 8)]
    public void Area_AnySizes_KeepAFlatImageFlatAndTheMean(int width, int height, int newWidth, int newHeight)
    {
        Assert.All(ImageResizer.ResizeByArea(GrayImage.Filled(width, height, 137), newWidth, newHeight).Pixels, p => Assert.Equal(137, p));
        var noise = Noise(width, height);
        Assert.Equal(noise.Pixels.Average(p => p), ImageResizer.ResizeByArea(noise, newWidth, newHeight).Pixels.Average(p => p), 0.6);
    }

    [Fact]
    public void Compose_ThreeImagesInTwoColumns_PlacesThemAndTheirLabels()
    {
        var sheet = ContactSheet.Compose([GrayImage.Filled(20, 10, 50), GrayImage.Filled(20, 10, 100), GrayImage.Filled(20, 10, 150)], 2,
            ["a", "b7", "?"]);
        Assert.Equal((52, 46), (sheet.Width, sheet.Height));
        Assert.Equal(50, sheet[4, 4]);
        Assert.Equal(100, sheet[28, 4]);
        Assert.Equal(150, sheet[4, 25]);
        Assert.Equal([24, 230, 24, 24], [sheet[4, 16], sheet[5, 16], sheet[6, 16], sheet[7, 16]]); // the top of an A
    }

    /// <summary>The file is a real one: another decoder reads all of it.</summary>
    private static void AssertDecodes(byte[] bytes, int width, int height)
    {
        using var codec = SKCodec.Create(new MemoryStream(bytes));
        Assert.Equal((width, height), (codec.Info.Width, codec.Info.Height));
        Assert.Equal(SKCodecResult.Success, codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888), out _));
    }

    private static void Refused(byte[] bytes, string why)
    {
        var error = Assert.Throws<MeshException>(() => ImageCodec.DecodeGray(bytes, "images[3].content"));
        Assert.Same(ErrorReasons.InvalidField, error.Reason);
        Assert.Equal("images[3].content", Assert.Single(error.Fields).Field);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static GrayImage Noise(int width, int height)
    {
        var state = 12345u;
        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((state = (state * 1664525) + 1013904223) >> 24);
        return new GrayImage(width, height, pixels);
    }

    private static GrayImage Slope(int width, int height)
    {
        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(((i % width) + (2 * (i / width)) + (i % 3)) / 4);
        return new GrayImage(width, height, pixels);
    }

    private static byte[] Jpeg()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(40, 30, SKColorType.Gray8));
        Noise(40, 30).Pixels.CopyTo(bitmap.GetPixelSpan());
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return jpeg.ToArray();
    }

    private static int FrameOf(byte[] jpeg) => jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);

    private static byte[] RawPng(int width, int height, byte colourType, byte depth, byte[] rows)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colourType);
        return [.. PngEncoder.Signature, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, DeflateEncoder.EncodeZlib(rows)),
            .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data];
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        var crc = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32(body));
        return [.. length, .. body, .. crc];
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
