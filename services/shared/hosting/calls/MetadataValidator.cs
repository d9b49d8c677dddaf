using System.Buffers;
using System.Buffers.Text;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Checks the headers of a call against the rules of gRPC metadata, since grpc-dotnet throws within the first read of a call's metadata and
/// gives a part of them in the second.
/// </summary>
internal static class MetadataValidator
{
    private const string BinarySuffix = "-bin";

    private static readonly SearchValues<char> _keyCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    /// <returns>A refusal that names the header; null where all of them can be read.</returns>
    public static MeshException? FindProblem(IHeaderDictionary headers)
    {
        foreach (var (key, values) in headers)
        {
            if (key.StartsWith(':'))
                continue; // HTTP/2's own
            if (key.AsSpan().ContainsAnyExcept(_keyCharacters))
                return MeshException.Invalid(EchoedText.Shorten(key), "A metadata key has only letters, digits, '_', '-' and '.'.");
            if (key.EndsWith(BinarySuffix, StringComparison.OrdinalIgnoreCase) && !IsBase64(values.ToString()))
                return MeshException.Invalid(EchoedText.Shorten(key), "Metadata whose key ends in '-bin' is base64, and given once.");
        }

        return null;
    }

    /// <summary>True with and without padding: gRPC takes both.</summary>
    private static bool IsBase64(string text) => Base64.IsValid(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
