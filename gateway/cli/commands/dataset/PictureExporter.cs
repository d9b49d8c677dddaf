using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>How single pictures are written.</summary>
/// <param name="Format">One of <see cref="ExportFormatNames"/>, not <c>sealed</c>.</param>
/// <param name="Quality">Of JPEG, 1 to 100.</param>
/// <param name="Bits">Of DICOM, 8 or 12.</param>
/// <param name="Signer">Signs each PNG or JPEG; null for no manifests.</param>
internal sealed record PictureExportOptions(string Format, int Quality, int Bits, SigningIdentity? Signer);

/// <summary>
/// Writes the pictures of a sealed data set as files of their own, each with its mark, and the report beside it; those of a set with splits
/// in a folder for each. The licences of the models, which ask to be named, go with them.
/// </summary>
internal sealed class PictureExporter(PictureExportOptions options)
{
    private const string License = "LICENSE.md";

    /// <summary>Pictures in colour that became gray, since DICOM's radiographs are.</summary>
    public long TurnedGray { get; private set; }

    /// <summary>Files whose manifest was signed.</summary>
    public long Signed { get; private set; }

    /// <param name="into">An empty folder.</param>
    /// <returns>The number of pictures.</returns>
    /// <exception cref="SealedDatasetException">A pair is not as it was sealed.</exception>
    public async Task<long> ExportAsync(SealedDataset set, string into, CancellationToken cancellation)
    {
        File.Copy(Path.Combine(set.Manifest.Folder, License), Path.Combine(into, License));
        var runs = await set.ReadRunsAsync(cancellation);
        using var progress = ProgressBar.Start("writing pictures");
        var written = 0L;
        for (var shard = 0; shard < set.Shards.Count; shard++)
        {
            foreach (var pair in set.ReadShard(shard))
            {
                cancellation.ThrowIfCancellationRequested();
                var made = DateTimeOffset.FromUnixTimeMilliseconds(runs[(int)pair.Record.Index].DoneUnixMs);
                var name = Path.ChangeExtension(pair.Record.FileName, null);
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(into, name))!);
                var (extension, bytes) = Encode(set, pair, made);
                await File.WriteAllBytesAsync(Path.Combine(into, $"{name}.{extension}"), bytes, cancellation);
                await File.WriteAllBytesAsync(Path.Combine(into, $"{name}.txt"), pair.Files.Report, cancellation);
                progress.ShowCount(++written, set.Pairs.Count, "");
            }
        }

        return written;
    }

    private (string Extension, byte[] Bytes) Encode(SealedDataset set, SealedPair pair, DateTimeOffset made)
    {
        var mark = SealedImageMark.Create(set.Manifest, pair.Record);
        switch (options.Format)
        {
            case ExportFormatNames.Png:
                return ("png", Sign(set, pair, PictureMark.Write(pair.Files.Png, mark), mark, "png"));
            case ExportFormatNames.Jpeg:
                var jpeg = ImageCodec.EncodeJpeg(ImageCodec.Decode(pair.Files.Png, "image"), options.Quality);
                return ("jpg", Sign(set, pair, PictureMark.Write(jpeg, mark), mark, "jpg"));
            default:
                TurnedGray += ImageCodec.Decode(pair.Files.Png, "image").Channels == 1 ? 0 : 1;
                return ("dcm", DicomEncoder.Encode(pair.Image, Describe(set, pair, mark, made), options.Bits));
        }
    }

    private byte[] Sign(SealedDataset set, SealedPair pair, byte[] picture, SyntheticMark mark, string extension)
    {
        if (options.Signer is not { } signer)
            return picture;
        Signed++;
        var claim = new ManifestClaim(FormattableString.Invariant($"{set.Root}|{pair.Record.Index}|{extension}"),
            FormattableString.Invariant($"{pair.Record.Index:000000}.{extension}"), mark.AISystem!, mark.AISystemVersion!);
        return ManifestWriter.Sign(picture, claim, signer);
    }

    private static SyntheticRadiograph Describe(SealedDataset set, SealedPair pair, SyntheticMark mark, DateTimeOffset made) => new(
        Key: FormattableString.Invariant($"{set.Root}|{pair.Record.Index}"),
        PatientId: FormattableString.Invariant($"SYN-{set.Root[..16]}-{pair.Record.Index}"),
        InstanceNumber: pair.Record.Index + 1,
        Made: made,
        Generator: $"{mark.AISystem} {mark.AISystemVersion}",
        SeriesDescription: FormattableString.Invariant($"Synthetic, pair {pair.Record.Index} of {set.Root[..16]}"),
        ImageComments: pair.Record.Impression);
}
