using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Pillow;

namespace SynCxr.Mesh.Curation.Encoders.Preparation;

/// <summary>
/// Makes the input of an image encoder as the PIL image processors of transformers 4.57 do, to the bit: to RGB, resize, centre crop,
/// rescale, normalise. A resized picture may have 16.8 million pixels, a cropped one 1 million: an encoder's memory grows with their
/// square.
/// </summary>
/// <param name="takesAsOpened">True where pictures are handed over as they are stored, so that the settings may refuse some; false where
/// they are brought to RGB first.</param>
internal sealed class ImagePreprocessor(PreprocessorSettings settings, bool takesAsOpened = false)
{
    private const long MaxPixels = (long)ImageCodec.MaxSide * ImageCodec.MaxSide;
    private const int MaxInputPixels = 1024 * 1024;

    /// <summary>The 8-bit picture after resize and crop, before its values are rescaled: what waits in a queue, at a quarter of the
    /// bytes.</summary>
    /// <param name="field">The picture's path in the request.</param>
    /// <returns>Three channels; one where the picture is one pixel high.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: the settings don't take such a picture.</exception>
    public RasterImage ResizeAndCrop(PillowPicture picture, string field)
    {
        Check(picture, field);
        var image = picture.Rgb;
        if (image.Height == 1) // its processor takes the one row for one channel, and the colours for columns
            image = new RasterImage(width: 3, image.Width, channels: 1, image.Pixels);
        if (settings.Resize is { } rule)
        {
            var (height, width) = rule.SizeFor(image.Height, image.Width);
            if (height * width > MaxPixels)
                throw MeshException.Invalid(field, $"is {image.Width} x {image.Height} pixels and would be resized to {width} x {height}; "
                    + $"at most {MaxPixels} pixels are made");
            image = PillowResizer.Resize(image, (int)width, (int)height, settings.Filter);
        }
        image = settings.Crop is { } size ? Crop(image, size) : image;
        return image.Width * image.Height <= MaxInputPixels ? image : throw MeshException.Invalid(field,
            $"would be given to the encoder with {image.Width} x {image.Height} pixels; at most {MaxInputPixels} are");
    }

    /// <summary>The input of the network for such a picture, float32 [channels, height, width], row-major.</summary>
    public float[] ToTensor(RasterImage image)
    {
        var plane = image.Height * image.Width;
        var values = new float[image.Channels * plane]; // [C, H, W]
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var table = LevelsOf(channel);
            for (var i = 0; i < plane; i++)
                values[(channel * plane) + i] = table[image.Pixels[(i * image.Channels) + channel]];
        }
        return values;
    }

    private void Check(PillowPicture picture, string field)
    {
        if (takesAsOpened && !settings.ConvertsToRgb && picture.Mode != PillowPicture.RgbMode)
        {
            throw MeshException.Invalid(field, $"is stored in the mode {picture.Mode}; without do_convert_rgb the encoder's settings take "
                + "RGB alone");
        }
        if (picture.Rgb.Height == 3 || (picture.Rgb.Height == 1 && settings.Normalization is not null))
        {
            throw MeshException.Invalid(field, $"is {picture.Rgb.Height} pixels high, which the encoder's image processor would take for "
                + "its channels");
        }
    }

    // A picture that is smaller than the crop gets zeros around it, one more above and left where they can't be equal.
    private static RasterImage Crop(RasterImage image, PictureSize size)
    {
        var (top, left) = (Offset(image.Height, size.Height), Offset(image.Width, size.Width));
        var pixels = new byte[size.Height * size.Width * image.Channels];
        var (from, to) = (Math.Max(0, -left), Math.Min(size.Width, image.Width - left));
        for (var y = Math.Max(0, -top); y < Math.Min(size.Height, image.Height - top); y++)
        {
            image.Pixels.AsSpan((((y + top) * image.Width) + from + left) * image.Channels, (to - from) * image.Channels)
                .CopyTo(pixels.AsSpan(((y * size.Width) + from) * image.Channels));
        }
        return new RasterImage(size.Width, size.Height, image.Channels, pixels);
    }

    // Rounded down: -1 for a picture one pixel smaller.
    private static int Offset(int side, int crop) => (int)Math.Floor((side - crop) / 2.0);

    /// <summary>The value of each gray level of a channel: the product in float64, the rest in float32.</summary>
    private float[] LevelsOf(int channel) => [.. Enumerable.Range(0, 256).Select(level =>
    {
        var value = settings.RescaleFactor is { } factor ? (float)(level * factor) : level;
        return settings.Normalization is { } normal ? (value - normal.Mean[channel]) / normal.Deviation[channel] : value;
    })];
}
