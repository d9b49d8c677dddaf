using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Evaluator.Classifiers;

/// <summary>Square images in 0..1 with yes/no labels.</summary>
/// <param name="Labels">Names of the labels.</param>
/// <param name="Images">Row-major, each of the same side.</param>
/// <param name="Answers">For each image and label, whether the label applies.</param>
internal sealed record LabelledImages(IReadOnlyList<string> Labels, IReadOnlyList<float[]> Images, IReadOnlyList<bool[]> Answers)
{
    public int Side => (int)Math.Sqrt(Images[0].Length);

    /// <summary>SHA-256 over labels, answers and images.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('|', Labels) + "\n"));
        for (var i = 0; i < Images.Count; i++)
        {
            hash.AppendData([.. Answers[i].Select(a => a ? (byte)1 : (byte)0)]);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Images[i].AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
