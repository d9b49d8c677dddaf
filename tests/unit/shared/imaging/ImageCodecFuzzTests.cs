using System.Buffers.Binary;
using System.Diagnostics;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging;

/// <summary>PNG of 8 and 16 bits and JPEG with bytes, lengths or the end changed: each is read or refused with a reason, soon.</summary>
public sealed class ImageCodecFuzzTests
{
    private const int Runs = 20_000;
    private const long MostBytesEach = 64 * 1024 * 1024;

    [Fact]
    public void Decode_OfMutatedFiles_EndsWithAPictureOrAReason()
    {
        var files = Files().ToArray();
        var random = new Random(20261130);
        var worst = TimeSpan.Zero;
        for (var run = 0; run < Runs; run++)
        {
            var bytes = FileMutation.Mutate(files[random.Next(files.Length)], random, reach: 200);
            if (random.Next(4) > 0)
                FixChecksums(bytes); // or every second mutation ends at a checksum
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                ImageCodec.DecodeGray(bytes, "image");
            }
            catch (MeshException error)
            {
                Assert.True(error.Message.Length is > 15 and < 600, error.Message);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesEach);
            worst = clock.Elapsed > worst ? clock.Elapsed : worst;
        }

        Assert.True(worst < TimeSpan.FromSeconds(5), $"{worst}");
    }

    private static IEnumerable<byte[]> Files()
    {
        var random = new Random(1);
        var pixels = new byte[48 * 40];
        random.NextBytes(pixels);
        var gray = new GrayImage(48, 40, pixels);
        yield return ImageCodec.EncodePng(gray);
        yield return ImageCodec.EncodeJpeg(RasterImage.FromPlanes([gray]), 90);
        yield return ImageCodec.EncodeJpeg(RasterImage.FromPlanes([gray, gray, gray]), 60);
        var layouts = Path.Combine(Repository.Root, "../shared/data/dataset-layouts");
        if (!Prerequisite.IsPresent(layouts, "PNG of 16 bits and with palettes to damage, kept beside the checkout"))
            yield break;
        foreach (var set in new[] { "padchest", "nih-chestxray14", "brax", "siim-acr" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(layouts, set), "*.png", SearchOption.AllDirectories).Order().Take(3))
                yield return File.ReadAllBytes(file);
        }
    }

    /// <summary>Gives every chunk of a PNG the checksum of what it holds now, as far as its lengths lead.</summary>
    private static void FixChecksums(byte[] png)
    {
        for (var at = 8L; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length)
                return;
            using var chunk = new MemoryStream();
            PngChunkWriter.Write(chunk, png.AsSpan((int)at + 4, 4), png.AsSpan((int)at + 8, (int)length));
            chunk.ToArray().CopyTo(png, at);
            at += 12 + length;
        }
    }
}
