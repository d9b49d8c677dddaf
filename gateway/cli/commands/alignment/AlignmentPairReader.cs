using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;

namespace SynCxr.Mesh.Cli.Commands.Alignment;

/// <summary>A real image with texts that belong to it.</summary>
/// <param name="Png">The image, 8-bit gray.</param>
/// <param name="Labels">What the source says of it, in one text; two pairs of equal labels are no example of a mismatch.</param>
internal sealed record AlignedPair(ByteString Png, IReadOnlyList<string> Texts, string Labels);

/// <summary>
/// Reads real images with their reports. Where a source has labels and no reports, the report service writes them, of entities that the
/// labels imply: as the trainer does.
/// </summary>
internal sealed class AlignmentPairReader(ReportService.ReportServiceClient reports, ulong seed)
{
    /// <summary>Entity sets that are tried for one report.</summary>
    private const int MostEntitySets = 8;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>A line for each image that was left out, and why.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>Pairs whose report was written from labels.</summary>
    public int Written { get; private set; }

    /// <summary>SHA-256 over pixels and texts of the pairs, lower-case hex; once all are read.</summary>
    public string DataDigest => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <param name="argument">As <see cref="StudyArgumentReader"/> reads it; frontal views.</param>
    /// <param name="most">Most pairs, sampled by the seed.</param>
    /// <exception cref="MeshException">INVALID_FIELD: fewer than two pairs.</exception>
    public async Task<IReadOnlyList<AlignedPair>> ReadAsync(
        string argument, string name, int most, Action<int, int> progress, CancellationToken cancellation)
    {
        var set = StudyArgumentReader.Read(argument, name, ViewNames.Frontal, cancellation);
        LeftOut.AddRange(set.LeftOut.Select(l => l.Sentence));
        List<Study> studies = [.. set.Studies.Where(study => study.HasImage)];
        var pairs = new List<AlignedPair>();
        foreach (var at in RandomSource.Create(seed, "alignment pairs", 0).Permutation(studies.Count))
        {
            if (pairs.Count == most)
                break;
            if (await TryReadAsync(studies[at], name, cancellation) is { } pair)
                pairs.Add(pair);
            progress(pairs.Count, Math.Min(most, studies.Count));
        }

        return pairs.Count > 1 ? pairs : throw MeshException.Invalid(name,
            $"'{EchoedText.Shorten(argument)}' has {pairs.Count} images with a report in English or a label that the vocabulary knows; 2 "
                + $"are wanted{(LeftOut.Count > 0 ? $". The first that was left out: {LeftOut[0]}" : "")}");
    }

    private async Task<AlignedPair?> TryReadAsync(Study study, string name, CancellationToken cancellation)
    {
        GrayImage image;
        try
        {
            image = study.LoadImage(name);
        }
        catch (MeshException error)
        {
            LeftOut.Add(error.Message);
            return null;
        }

        var texts = study.EnglishReport is not { } report ? await WriteTextsAsync(study, cancellation)
            : PairTexts.List(study.Sections?.Impression, study.Sections?.Findings) is { Count: > 0 } sections ? sections : [report];
        if (texts is null)
        {
            LeftOut.Add($"{study.Id}: has no report in English, and no label that the vocabulary knows");
            return null;
        }
        _hash.AppendData(Encoding.UTF8.GetBytes($"{Study.ImageHash(image)}|{string.Join('|', texts)}\n"));
        return new AlignedPair(UnsafeByteOperations.UnsafeWrap(ImageCodec.EncodePng(image)), texts,
            string.Join('|', study.Labels.Order(StringComparer.Ordinal)));
    }

    /// <summary>Texts of entities that the labels imply; null where there are none, or none can be worded.</summary>
    private async Task<IReadOnlyList<string>?> WriteTextsAsync(Study study, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < MostEntitySets; attempt++)
        {
            var random = RandomSource.Create(seed, "alignment " + study.Id, attempt);
            if (LabelEntitySampler.Sample(study, random) is not { } entities)
                return null;
            var request = new WriteReportRequest { Spec = new ReportSpec { Seed = random.NextUInt64(), Entities = { entities } } };
            try
            {
                var written = (await reports.WriteReportAsync(request, cancellationToken: cancellation)).Report;
                Written++;
                return PairTexts.List(written.Impression, written.Findings);
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.FailedPrecondition)
            {
                // ENTITY_CHECK_FAILED: this set can't be worded; the next sample can
            }
        }

        return null;
    }
}
