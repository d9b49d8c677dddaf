using Google.Protobuf;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Cli.Commands.Dataset.Audit;

/// <summary>Reads a side of an audit, and has the judge of a mesh compute the features of its pictures.</summary>
internal sealed class AuditSideReader(CurationService.CurationServiceClient client)
{
    private const int BatchSize = 32, SmallSide = 64, MaxSide = 512;

    /// <summary>A line for each picture that was left out, and why.</summary>
    public List<string> LeftOut { get; } = [];

    /// <param name="argument">A folder, sealed or of pictures; or <c>LAYOUT=FOLDER</c> for a public set, whose patients are then
    /// known.</param>
    /// <param name="name">Of the argument, for messages.</param>
    public async Task<IReadOnlyList<AuditedPicture>> ReadAsync(
        string argument, string name, Action<int, int> progress, CancellationToken cancellation)
    {
        var pictures = new List<AuditedPicture>();
        var set = StudyArgumentReader.Read(argument, name, ViewNames.All, cancellation);
        LeftOut.AddRange(set.LeftOut.Select(l => $"{argument}: {l.Sentence}"));
        var (studies, done) = (set.Studies, 0);
        foreach (var batch in studies.Where(s => s.HasImage).Chunk(BatchSize))
        {
            var loaded = batch.Select(study => (Study: study, Image: TryLoad(study, argument))).Where(p => p.Image is not null).ToList();
            if (loaded.Count > 0)
            {
                var request = new EmbedImagesRequest
                {
                    Images = { loaded.Select(p => new ImageSource { Content = UnsafeByteOperations.UnsafeWrap(Encode(p.Image!)) }) },
                };
                var answer = await client.EmbedImagesAsync(request, cancellationToken: cancellation);
                pictures.AddRange(loaded.Zip(answer.Embeddings, (p, features) => new AuditedPicture(
                    argument, p.Study.Id, p.Study.PatientHash, Study.ImageHash(p.Image!),
                    ImageResizer.Resize(p.Image!, SmallSide, SmallSide), [.. features.Values])));
            }

            progress(done += batch.Length, studies.Count);
        }

        return pictures.Count > 0 ? pictures
            : throw MeshException.Invalid(name, $"'{EchoedText.Shorten(argument)}' has no picture that can be read");
    }

    private GrayImage? TryLoad(Study study, string argument)
    {
        try
        {
            return study.LoadImage(argument);
        }
        catch (MeshException error)
        {
            LeftOut.Add(error.Message);
            return null;
        }
    }

    /// <summary>The judge shrinks what it gets; a large picture need not travel.</summary>
    private static byte[] Encode(GrayImage image)
    {
        var scale = Math.Min(1, (double)MaxSide / Math.Max(image.Width, image.Height));
        return ImageCodec.EncodePng(ImageResizer.Resize(
            image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale))));
    }
}
