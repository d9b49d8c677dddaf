namespace SynCxr.Mesh.Imaging;

/// <summary>Lays images out on one sheet, row by row, each in a cell of the largest size, with a label under it if one is given.</summary>
public static class ContactSheet
{
    private const int Gap = 4;
    private const byte Paper = 24;
    private const byte Ink = 230;

    /// <summary>Composes the sheet. Labels are cut at the cell's width; letters are shown as capitals.</summary>
    /// <exception cref="ArgumentException">No image, no column, or labels that are not one an image.</exception>
    public static GrayImage Compose(IReadOnlyList<GrayImage> images, int columns, IReadOnlyList<string>? labels = null)
    {
        if (images.Count == 0 || columns < 1)
            throw new ArgumentException("a sheet wants at least one image and one column", nameof(images));
        if (labels is not null && labels.Count != images.Count)
            throw new ArgumentException($"{labels.Count} labels for {images.Count} images", nameof(labels));
        columns = Math.Min(columns, images.Count);
        var rows = (images.Count + columns - 1) / columns;
        var cellWidth = images.Max(i => i.Width);
        var imageHeight = images.Max(i => i.Height);
        var cellHeight = imageHeight + (labels is null ? 0 : PixelFont.Height + 2);
        var sheet = GrayImage.Filled((columns * (cellWidth + Gap)) + Gap, (rows * (cellHeight + Gap)) + Gap, Paper);
        for (var i = 0; i < images.Count; i++)
        {
            var left = Gap + (i % columns * (cellWidth + Gap));
            var top = Gap + (i / columns * (cellHeight + Gap));
            Paste(sheet, images[i], left, top);
            if (labels is not null)
                PixelFont.WriteText(sheet, labels[i], left, top + imageHeight + 2, cellWidth, Ink);
        }

        return sheet;
    }

    private static void Paste(GrayImage sheet, GrayImage image, int left, int top)
    {
        for (var y = 0; y < image.Height; y++)
            image.Pixels.AsSpan(y * image.Width, image.Width).CopyTo(sheet.Pixels.AsSpan(((top + y) * sheet.Width) + left));
    }
}
