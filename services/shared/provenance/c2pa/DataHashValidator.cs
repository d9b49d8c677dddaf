using System.Security.Cryptography;
using SynCxr.Mesh.Provenance.Cbor;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Checks that a file is the one that its manifest was made for, by a hash of all but the ranges that it leaves out.</summary>
internal static class DataHashValidator
{
    private const int BlockBytes = 1 << 16, MaxExclusions = 4096;

    /// <param name="file">The file, which can be sought.</param>
    /// <param name="range">Where the manifest lies in it; null where it lies beside it.</param>
    public static void Validate(StoredManifest manifest, Stream file, (long Start, long Length)? range, ManifestValidation validation)
    {
        var bindings = manifest.Assertions.Count(a => a.Label.StartsWith(ManifestLabels.HashPrefix, StringComparison.Ordinal));
        if (manifest.IsUpdate)
            return;
        if (bindings != 1)
        {
            validation.Fail(bindings == 0 ? ValidationCodes.BindingMissing : ValidationCodes.BindingsMultiple,
                $"The manifest has {bindings} assertions that bind it to a file; it must have one.");
            if (bindings == 0)
                return;
        }

        var hashes = manifest.ReadAssertions(ManifestLabels.DataHash).ToList();
        if (hashes.Count == 0)
            validation.Fail(ValidationCodes.BindingMissing, "The manifest binds to its file in another way than c2pa.hash.data.");
        foreach (var hash in hashes)
            ValidateHash(hash, manifest.Claim, file, range, validation);
    }

    private static void ValidateHash(CborMembers assertion, CborMembers claim, Stream file, (long Start, long Length)? range,
        ManifestValidation validation)
    {
        var exclusions = ReadExclusions(assertion);
        if (exclusions is null || assertion.FindBytes("hash") is not { } expected || assertion.FindBytes("pad") is null)
        {
            validation.Fail(ValidationCodes.DataHashMalformed, "The hash of the file lacks its value or padding, or its ranges are none.");
            return;
        }

        if (range is { } place && exclusions.Count > 0 && !exclusions.Contains(place))
            validation.Fail(ValidationCodes.DataHashMismatch, "The manifest does not lie where it was signed.");
        if (AssertionValidator.FindAlgorithm(assertion, claim) is not { } algorithm)
            validation.Fail(ValidationCodes.DataHashMismatch, "The hash of the file is of an algorithm that C2PA does not allow.");
        else if (exclusions.Any(e => e.Start > file.Length - e.Length))
            validation.Fail(ValidationCodes.DataHashMismatch, "The manifest leaves out bytes behind the end of the file.");
        else if (Hash(file, exclusions, algorithm).AsSpan().SequenceEqual(expected))
            validation.Succeed(ValidationCodes.DataHashMatch);
        else
            validation.Fail(ValidationCodes.DataHashMismatch, "The file was changed after it was signed: its hash differs.");
    }

    private static List<(long Start, long Length)>? ReadExclusions(CborMembers assertion)
    {
        var ranges = new List<(long Start, long Length)>();
        foreach (var item in assertion.FindList("exclusions") ?? [])
        {
            if (item is not CborMembers map || map.FindNumber("start") is not (>= 0 and var start)
                || map.FindNumber("length") is not (>= 0 and var length) || ranges.Count >= MaxExclusions)
                return null;
            ranges.Add((start, length));
        }

        return [.. ranges.OrderBy(r => r.Start)];
    }

    private static byte[] Hash(Stream file, List<(long Start, long Length)> exclusions, HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        var block = new byte[BlockBytes];
        var at = 0L;
        foreach (var (start, length) in exclusions.Append((file.Length, 0L)))
        {
            file.Position = Math.Min(at, file.Length);
            for (var left = start - at; left > 0;)
            {
                var read = file.Read(block, 0, (int)Math.Min(left, block.Length));
                if (read == 0)
                    throw new EndOfStreamException("The file became shorter while it was read.");
                hash.AppendData(block, 0, read);
                left -= read;
            }

            at = Math.Max(at, start + length);
        }

        return hash.GetHashAndReset();
    }
}
