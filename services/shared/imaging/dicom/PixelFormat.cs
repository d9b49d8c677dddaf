namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>How the pixels of a file are stored.</summary>
internal sealed record PixelFormat
{
    /// <summary>Largest width and height, in pixels.</summary>
    public const int MaxSide = 8192;

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>1 for gray and palettes, 3 for colour.</summary>
    public required int Samples { get; init; }

    /// <summary>8 or 16.</summary>
    public required int BitsAllocated { get; init; }

    public required int BitsStored { get; init; }

    public required int HighBit { get; init; }

    public required bool IsSigned { get; init; }

    /// <summary>Colour as three planes, one behind the other.</summary>
    public required bool IsPlanar { get; init; }

    public required int Frames { get; init; }

    public required string Photometric { get; init; }

    public int BytesPerSample => BitsAllocated / 8;

    public long FrameBytes => (long)Width * Height * Samples * BytesPerSample;

    /// <summary>Smallest and largest value that can be stored.</summary>
    public (int Least, int Most) Range =>
        IsSigned ? (-(1 << (BitsStored - 1)), (1 << (BitsStored - 1)) - 1) : (0, (1 << BitsStored) - 1);

    /// <summary>Reads and checks the elements that describe the pixels.</summary>
    /// <exception cref="DicomFormatException">One is missing, or of a kind that is not read.</exception>
    public static PixelFormat Read(DicomDataset elements)
    {
        var (width, height) = (elements.GetNumber(DicomTags.Columns), elements.GetNumber(DicomTags.Rows));
        foreach (var (tag, side) in new[] { (DicomTags.Rows, height), (DicomTags.Columns, width) })
        {
            if (side is < 1 or > MaxSide)
                throw new DicomFormatException(tag, $"is {side}; 1 to {MaxSide} are taken");
        }

        var samples = elements.FindNumber(DicomTags.SamplesPerPixel) ?? 1;
        if (samples is not (1 or 3))
            throw new DicomFormatException(DicomTags.SamplesPerPixel, $"is {samples}; 1 and 3 are taken");
        var allocated = elements.GetNumber(DicomTags.BitsAllocated);
        if (allocated is not (8 or 16))
            throw new DicomFormatException(DicomTags.BitsAllocated, $"is {allocated}; 8 and 16 are taken");
        var stored = elements.FindNumber(DicomTags.BitsStored) ?? allocated;
        if (stored < 1 || stored > allocated)
            throw new DicomFormatException(DicomTags.BitsStored, $"is {stored}; 1 to {allocated}, the bits allocated, are taken");
        var high = elements.FindNumber(DicomTags.HighBit) ?? stored - 1;
        if (high < stored - 1 || high >= allocated)
            throw new DicomFormatException(DicomTags.HighBit, $"is {high}; {stored - 1} to {allocated - 1} are taken");
        var frames = elements.FindDecimal(DicomTags.NumberOfFrames) ?? 1;
        if (frames is < 0 or > int.MaxValue)
            throw new DicomFormatException(DicomTags.NumberOfFrames, "is no count of frames");
        var format = new PixelFormat
        {
            Width = width,
            Height = height,
            Samples = samples,
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = high,
            IsSigned = elements.FindNumber(DicomTags.PixelRepresentation) == 1,
            IsPlanar = elements.FindNumber(DicomTags.PlanarConfiguration) == 1,
            Frames = Math.Max(1, (int)frames),
            Photometric = elements.FindText(DicomTags.PhotometricInterpretation),
        };
        var isGray = format.Photometric is "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR";
        var isColour = format.Photometric is "RGB" or "YBR_FULL" or "YBR_FULL_422" or "YBR_ICT" or "YBR_RCT";
        if (samples == 1 ? !isGray : !isColour)
            throw new DicomFormatException(DicomTags.PhotometricInterpretation,
                $"must be one of MONOCHROME1, MONOCHROME2 and PALETTE COLOR for one sample a pixel, or one of RGB, YBR_FULL, YBR_FULL_422, "
                    + "YBR_ICT and YBR_RCT for three");
        if (samples == 3 && (allocated != 8 || format.IsSigned))
            throw new DicomFormatException(DicomTags.BitsAllocated, $"must be 8, unsigned, for colour");
        return format;
    }
}
