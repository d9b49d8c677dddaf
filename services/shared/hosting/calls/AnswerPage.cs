using System.Globalization;
using Google.Protobuf;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// How much goes into one answer. gRPC clients of every language refuse messages above 4 MiB unless they are told otherwise, so a page of a
/// list ends by its bytes as well as by its count, and its token goes on from there.
/// </summary>
public static class AnswerPage
{
    /// <summary>The largest message that any process sends.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>Most bytes of the items of a page; the rest of the message is for what stands beside them.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>Most bytes of a spec, which comes back in every description of what was made by it.</summary>
    public const int MaxSpecBytes = 1024 * 1024;

    /// <summary>What the tag and the length of an item take.</summary>
    private const int ItemFrameBytes = 6;

    /// <summary>How many items, from the first one on, fit into one answer: at least one, where there is one.</summary>
    /// <param name="most">The page size that was asked for.</param>
    public static int CountFitting<T>(IReadOnlyList<T> items, int most)
        where T : IMessage
    {
        var (count, bytes) = (0, 0L);
        while (count < items.Count && count < most)
        {
            bytes += items[count].CalculateSize() + ItemFrameBytes;
            if (count > 0 && bytes > MaxBytes)
                break;
            count++;
        }

        return count;
    }

    /// <exception cref="MeshException">INVALID_FIELD: the spec is larger than <see cref="MaxSpecBytes"/>.</exception>
    public static void ThrowIfTooLarge(IMessage? spec, string field)
    {
        if (spec?.CalculateSize() is > MaxSpecBytes and var bytes)
            throw MeshException.Invalid(field,
                string.Create(CultureInfo.InvariantCulture, $"must be at most {MaxSpecBytes:N0} bytes, and has {bytes:N0}"));
    }
}
