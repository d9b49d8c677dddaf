namespace SynCxr.Mesh.Imaging;

/// <summary>A 3 x 5 font for contact sheets: no font file, the same pixels everywhere.</summary>
internal static class PixelFont
{
    public const int Width = 3;
    public const int Height = 5;

    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ .-:%/_=?";

    // One octal digit a row, top first; 4 is the left dot, 1 the right one.
    private static readonly string[] _rows =
    [
        "75557", "26227", "71747", "71717", "55711", "74717", "74757", "71122", "75757", "75717",
        "25755", "65656", "34443", "65556", "74647", "74644", "34553", "55755", "72227", "11152",
        "55655", "44447", "57755", "65555", "25552", "65644", "25563", "65655", "34216", "72222",
        "55557", "55552", "55775", "55255", "55222", "71247", "00000", "00002", "00700", "02020",
        "51245", "11244", "00007", "07070", "71202",
    ];

    /// <summary>Draws as many letters as fit in the width; a letter the font lacks is drawn as '?'.</summary>
    public static void WriteText(GrayImage sheet, string text, int left, int top, int width, byte ink)
    {
        for (int i = 0, x = left; i < text.Length && x + Width <= left + width; i++, x += Width + 1)
        {
            var glyph = Letters.IndexOf(char.ToUpperInvariant(text[i]), StringComparison.Ordinal);
            var rows = _rows[glyph < 0 ? _rows.Length - 1 : glyph];
            for (var y = 0; y < Height; y++)
            {
                for (var dot = 0; dot < Width; dot++)
                {
                    if (((rows[y] - '0') >> (Width - 1 - dot) & 1) != 0)
                        sheet.Pixels[((top + y) * sheet.Width) + x + dot] = ink;
                }
            }
        }
    }
}
