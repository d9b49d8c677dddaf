using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using nietras.SeparatedValues;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// A comma-separated table with a header line, plain or gzipped. Cells may be quoted (RFC 4180). The text is UTF-8, or UTF-16 with a byte
/// order mark; what is not valid UTF-8 is read as Windows-1252, which is how spreadsheets of older data sets were saved.
/// </summary>
internal sealed class CsvTable
{
    private static readonly Encoding _windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly string _field;

    private CsvTable(string name, string field, IReadOnlyList<(int Line, string[] Cells)> lines)
    {
        Name = name;
        _field = field;
        Columns = [.. lines[0].Cells.Select(c => c.Trim())];
        for (var i = 0; i < Columns.Count; i++)
            _columns.TryAdd(Columns[i], i);
        Rows = [.. lines.Skip(1).Where(l => l.Cells.Length > 1 || l.Cells[0].Length > 0).Select(l => new CsvRow(this, l.Cells, l.Line))];
    }

    /// <summary>The file as messages call it.</summary>
    public string Name { get; }

    /// <summary>Names in the order of the header. Where two columns have one name, the first one is read by it.</summary>
    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<CsvRow> Rows { get; }

    /// <param name="boundary">What may be read; a file outside of it is as if it did not exist.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no path, no file, an empty file, or a quoted cell without its closing
    /// quote.</exception>
    public static CsvTable Open(string? path, DataBoundary boundary, string field)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw MeshException.Invalid(field, "is missing: this layout needs a table");
        var name = boundary.Describe(path);
        if (!DataFiles.Exists(path, boundary))
            throw MeshException.Invalid(field, $"file '{name}' does not exist on this machine");
        try
        {
            var bytes = boundary.ReadAllBytes(path, field);
            var lines = ReadLines(Decode(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Decompress(bytes) : bytes));
            return lines.Count > 0 ? new CsvTable(name, field, lines) : throw MeshException.Invalid(field, $"'{name}' is empty");
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, $"'{name}' can't be read: {error.Message}");
        }
    }

    public bool HasColumn(string column) => _columns.ContainsKey(column);

    /// <exception cref="MeshException">
    /// INVALID_FIELD: names the column that is missing. Those that are there may be cells, of a table without a head.
    /// </exception>
    public void RequireColumns(params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            if (!HasColumn(column))
            {
                throw MeshException.Invalid(_field,
                    $"'{Name}' has no column '{EchoedText.Shorten(column)}' among the {Columns.Count} of its first line");
            }
        }
    }

    /// <summary>The rows by the cell of a column.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: two rows have the same cell; names their lines.</exception>
    public Dictionary<string, CsvRow> IndexRows(string column)
    {
        var rows = new Dictionary<string, CsvRow>(StringComparer.Ordinal);
        foreach (var row in Rows)
        {
            if (!rows.TryAdd(row[column], row))
                throw MeshException.Invalid(_field, $"{row.Describe()} has the '{column}' of line {rows[row[column]].Line}; each row needs "
                    + "one of its own");
        }

        return rows;
    }

    internal int IndexOf(string column) => _columns[column];

    /// <summary>
    /// <see cref="GZipStream"/> takes a file that was cut off for one that ends there; the length in its last four bytes tells (RFC 1952).
    /// </summary>
    private static byte[] Decompress(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return packed.Length >= sizeof(uint)
            && BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(^sizeof(uint)..)) == (uint)plain.Length
            ? plain.ToArray()
            : throw new InvalidDataException("the gzip file was cut off, or holds several files in one");
    }

    private static string Decode(byte[] bytes)
    {
        try
        {
            return Decode(bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException)
        {
            return Decode(bytes, _windows1252);
        }
    }

    private static string Decode(byte[] bytes, Encoding encoding)
    {
        using var text = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
        return text.ReadToEnd();
    }

    private static List<(int Line, string[] Cells)> ReadLines(string text)
    {
        var lines = new List<(int, string[])>();
        using var reader = Sep.Reader(o => o with
        {
            Sep = Sep.New(','),
            HasHeader = false,
            DisableColCountCheck = true,
            Unescape = true,
            Trim = SepTrim.Outer,
        }).FromText(text);
        foreach (var row in reader)
        {
            if (row.Span.Count('"') % 2 != 0)
                throw new InvalidDataException($"line {row.LineNumberFrom}: a quoted cell has no closing quote");
            var cells = new string[row.ColCount];
            for (var i = 0; i < cells.Length; i++)
                cells[i] = row[i].ToString();
            lines.Add((row.LineNumberFrom, cells));
        }

        return lines;
    }
}

/// <summary>One row of the table. A cell that the row is too short for is empty.</summary>
/// <param name="Line">Line of the file that it begins in, from 1.</param>
internal readonly record struct CsvRow(CsvTable Table, string[] Cells, int Line)
{
    /// <summary>Where it is, as messages say it: a cell is never repeated.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"line {Line} of '{Table.Name}'");


    public string this[string column] => this[Table.IndexOf(column)];

    public string this[int column] => column < Cells.Length ? Cells[column].Trim() : "";
}
