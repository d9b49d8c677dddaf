using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>An image of a layout at the model's side, with what a run must know of where it came from.</summary>
/// <param name="Study">As the layout gave it.</param>
/// <param name="Pixels">8-bit gray, a square of the model's side.</param>
/// <param name="ImageHash">Of the image at its own size.</param>
public sealed record StudyImage(Study Study, byte[] Pixels, string ImageHash)
{
    /// <summary>Decodes and shrinks.</summary>
    /// <exception cref="Errors.MeshException">Names the source's field and the image that can't be read.</exception>
    public static StudyImage Load(Study study, int side, string field)
    {
        var image = study.LoadImage(field);
        return new StudyImage(study with { ImageBytes = default }, ImageResizer.Resize(image, side, side).Pixels,
            Study.ImageHash(image));
    }
}

/// <summary>Pairs in memory, in a new permutation each epoch.</summary>
public sealed class StudyPairSequence : IPairSequence
{
    private readonly IReadOnlyList<StudyImage> _images;
    private readonly IReadOnlyList<WordPieceTokens>[] _texts;
    private readonly BatchOrder _order;

    /// <param name="texts">The wordings of each image.</param>
    public StudyPairSequence(IReadOnlyList<StudyImage> images, IReadOnlyList<IReadOnlyList<string>> texts, PairTokenizer wording)
    {
        _images = images;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _texts = new IReadOnlyList<WordPieceTokens>[images.Count];
        for (var i = 0; i < _texts.Length; i++)
        {
            hash.AppendData(
                Encoding.UTF8.GetBytes(
                    $"{images[i].Study.Source}/{images[i].Study.Id}|{images[i].ImageHash}|{string.Join('|', texts[i])}\n"));
            _texts[i] = wording.EncodeTexts(texts[i]);
        }

        Digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        _order = new BatchOrder(wording.Seed, "pairs " + Digest, images.Count, 1);
    }

    public int Count => _images.Count;

    public string Digest { get; }

    public TrainingPair GetPair(long position)
    {
        var index = _order.Indices(position)[0];
        return new TrainingPair(_images[index].Pixels, _texts[index]);
    }
}
