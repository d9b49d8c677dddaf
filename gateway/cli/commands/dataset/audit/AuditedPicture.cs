using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Cli.Commands.Dataset.Audit;

/// <summary>A picture of one side of an audit.</summary>
/// <param name="Side">The side, as the command names it.</param>
/// <param name="Id">Its path, or the index of its pair.</param>
/// <param name="Patient">Whose it is, hashed; null where that is not known.</param>
/// <param name="Hash">SHA-256 over its size and gray pixels: the same for any file format.</param>
/// <param name="Small">Shrunk to a fixed size, for the comparison of pixels and for the contact sheet.</param>
/// <param name="Features">What the judge says it looks like, of unit length.</param>
internal sealed record AuditedPicture(string Side, string Id, string? Patient, string Hash, GrayImage Small, float[] Features);

/// <summary>Two pictures of two sides that should not be on both.</summary>
/// <param name="Kind">One of <see cref="OverlapKindNames"/>.</param>
/// <param name="Similarity">Cosine of their features.</param>
internal sealed record Overlap(string Kind, AuditedPicture First, AuditedPicture Second, double Similarity);

/// <summary>What two pictures have in common, the surest first.</summary>
internal static class OverlapKindNames
{
    /// <summary>The same pixels, whatever the file.</summary>
    public const string SamePixels = "same pixels";

    /// <summary>The same picture in another encoding or size: features and pixels differ as little as that makes them.</summary>
    public const string Copy = "re-encoded copy";

    /// <summary>Features as alike as the judge calls near-duplicates.</summary>
    public const string NearDuplicate = "near-duplicate";

    /// <summary>Another picture of the same patient.</summary>
    public const string SamePatient = "same patient";

    public static IReadOnlyList<string> All { get; } = [SamePixels, Copy, NearDuplicate, SamePatient];
}
