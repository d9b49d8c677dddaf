namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>A table of a Modality or VOI LUT Sequence, or of a palette (PS3.3, C.11.1, C.11.2, C.7.6.3.1.5).</summary>
/// <param name="First">Value that the first entry is for.</param>
/// <param name="Bits">Bits of an entry.</param>
internal sealed record LookupTable(int First, int Bits, ushort[] Entries)
{
    /// <summary>Largest value of an entry.</summary>
    public int Most => (1 << Bits) - 1;

    /// <summary>The entry of a value; below the first and above the last, those two.</summary>
    public int this[double value] => Entries[(int)Math.Clamp(value - First, 0, Entries.Length - 1)];

    /// <summary>Reads the first table of a sequence; null where the file has none.</summary>
    public static LookupTable? ReadFirst(DicomDataset elements, uint sequence, bool isSigned) =>
        elements.TryGet(sequence, out var element) && element.First is { } item
            ? Read(item, DicomTags.LutDescriptor, DicomTags.LutData, isSigned) : null;

    /// <exception cref="DicomFormatException">The descriptor is missing, or says more entries than there are.</exception>
    public static LookupTable Read(DicomDataset elements, uint descriptorTag, uint dataTag, bool isSigned)
    {
        if (!elements.TryGet(descriptorTag, out var descriptor) || descriptor.Length < 6)
            throw new DicomFormatException(descriptorTag, "is missing or too short");
        if (!elements.TryGet(dataTag, out var data))
            throw new DicomFormatException(dataTag, "is missing");
        var value = elements.ValueOf(descriptor);
        var count = elements.ReadNumber(value) is var n and > 0 ? n : 65_536;
        var first = elements.ReadNumber(value[2..]);
        if (descriptor.Vr == "SS" || (descriptor.Vr is "" or "UN" && isSigned))
            first = (short)first;
        var bits = elements.ReadNumber(value[4..]);
        if (bits is < 1 or > 16)
            throw new DicomFormatException(descriptorTag, $"says entries of {bits} bits; 1 to 16 are taken");
        var bytes = elements.ValueOf(data);
        var isWide = bytes.Length >= 2 * count;
        if (!isWide && bytes.Length < count)
            throw new DicomFormatException(dataTag, $"has {bytes.Length} bytes for {count} entries");
        var entries = new ushort[count];
        for (var i = 0; i < count; i++)
            entries[i] = isWide ? (ushort)elements.ReadNumber(bytes[(2 * i)..]) : ReadNarrow(bytes, i, data.Vr, elements.IsBigEndian);
        var most = (1 << bits) - 1;
        if (Array.Exists(entries, e => e > most))
            throw new DicomFormatException(dataTag, $"has entries of more than {bits} bits");
        return new LookupTable(first, bits, entries);
    }

    /// <summary>Entries of 8 bits lie two in a word; in big-endian words the second one comes first.</summary>
    private static byte ReadNarrow(ReadOnlySpan<byte> bytes, int at, string vr, bool isBigEndian)
    {
        var other = at ^ 1;
        return bytes[isBigEndian && vr == "OW" && other < bytes.Length ? other : at];
    }
}
