using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using nietras.SeparatedValues;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// A table with a header line, plain or gzipped, whose cells are parted by what parts the header: commas, or semicolons or tabs where
/// these are more. Cells may be quoted (RFC 4180). Encodings are those of <see cref="TextFile"/>. A row may be shorter than the header, and
/// longer by empty cells only: any other has a separator that should be quoted.
/// </summary>
internal sealed class CsvTable
{
    /// <summary>Most bytes of a table, unpacked: the tables of the largest public sets have a fifth of it.</summary>
    private const int MaxBytes = 512 << 20;

    /// <summary>What parts cells, by what messages call it; of equally many in a header the first.</summary>
    private static readonly OrderedDictionary<char, string> _separators = new() { [','] = "comma", [';'] = "semicolon", ['\t'] = "tab" };

    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _field;

    private CsvTable(string name, string field, char separator, IReadOnlyList<(int Line, string[] Cells)> lines)
    {
        Name = name;
        _field = field;
        Columns = [.. lines[0].Cells.Select(c => c.Trim())];
        for (var i = 0; i < Columns.Count; i++)
            _columns.TryAdd(Columns[i], i);
        Rows = [.. lines.Skip(1).Where(l => l.Cells.Length > 1 || l.Cells[0].Length > 0).Select(l => new CsvRow(this, l.Cells, l.Line))];
        if (Rows.FirstOrDefault(r => r.Cells.Skip(Columns.Count).Any(c => c.Trim().Length > 0)) is { Line: > 0 } longer)
            throw MeshException.Invalid(field,
                $"{longer.Describe()} has {longer.Cells.Length} cells where the first line has {Columns.Count}: a "
                    + $"{_separators[separator]} inside a cell needs quotes around it");
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
            var text = TextFile.Decode(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Decompress(bytes) : bytes);
            var separator = FindSeparator(text);
            var lines = ReadLines(text, separator);
            return lines.Exists(l => l.Cells.Any(c => c.Length > 0)) ? new CsvTable(name, field, separator, lines)
                : throw MeshException.Invalid(field, $"'{name}' is empty");
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

            ThrowIfDisagreeing(column);
        }
    }

    /// <summary>Refuses two columns of one name that do not say the same; which of them is meant, nobody can tell.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: names the column and the first line where they differ.</exception>
    public void ThrowIfDisagreeing(string column)
    {
        var first = _columns[column];
        for (var other = first + 1; other < Columns.Count; other++)
        {
            if (!string.Equals(Columns[other], column, StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (var row in Rows)
            {
                if (row[first] != row[other])
                    throw MeshException.Invalid(_field, $"{row.Describe()}: columns {first + 1} and {other + 1} both are "
                        + $"'{EchoedText.Shorten(column)}' and differ; leave one of them out");
            }
        }
    }

    /// <summary>
    /// The rows by the cell of a column, in their order; rows that are equal in every column with a name count once, rows without that
    /// cell not at all.
    /// </summary>
    /// <param name="key">Brings cells to the spelling that they are joined by; by default as they are.</param>
    public Dictionary<string, List<CsvRow>> GroupRows(string column, Func<string, string>? key = null)
    {
        var groups = new Dictionary<string, List<CsvRow>>(StringComparer.Ordinal);
        foreach (var row in Rows)
        {
            var cell = key is null ? row[column] : key(row[column]);
            if (cell.Length == 0)
                continue;
            if (!groups.TryGetValue(cell, out var group))
                groups[cell] = [row];
            else if (!group.Exists(r => r.SaysTheSame(row)))
                group.Add(row);
        }

        return groups;
    }

    /// <summary>The rows by the cell of a column: of equal ones the first.</summary>
    /// <param name="key">As of <see cref="GroupRows"/>.</param>
    /// <exception cref="MeshException">INVALID_FIELD: two rows have the same cell and differ; names their lines.</exception>
    public Dictionary<string, CsvRow> IndexRows(string column, Func<string, string>? key = null) =>
        GroupRows(column, key).ToDictionary(g => g.Key, g => RequireOne(g.Value, column), StringComparer.Ordinal);

    /// <exception cref="MeshException">INVALID_FIELD: rows about one thing that differ; names their lines.</exception>
    public CsvRow RequireOne(IReadOnlyList<CsvRow> rows, string column) => rows.Count == 1 ? rows[0]
        : throw MeshException.Invalid(_field,
            $"{rows[1].Describe()} differs from line {rows[0].Line}, which has the same '{EchoedText.Shorten(column)}'");

    /// <exception cref="MeshException">INVALID_FIELD: always; says where and what is wrong.</exception>
    public MeshException Refuse(CsvRow row, string column, string what) =>
        MeshException.Invalid(_field, $"{row.Describe()}, column '{EchoedText.Shorten(column)}': {what}");

    internal int IndexOf(string column) => _columns[column];

    /// <summary>
    /// <see cref="GZipStream"/> takes a file that was cut off for one that ends there; the length in its last four bytes tells (RFC 1952).
    /// </summary>
    private static byte[] Decompress(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read; (read = gzip.Read(block)) > 0;)
        {
            if (plain.Length + read > MaxBytes)
                throw new InvalidDataException($"it unpacks to more than {MaxBytes} bytes");
            plain.Write(block, 0, read);
        }

        return packed.Length >= sizeof(uint)
            && BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(^sizeof(uint)..)) == (uint)plain.Length
            ? plain.ToArray()
            : throw new InvalidDataException("the gzip file was cut off, or holds several files in one");
    }

    /// <summary>The separator that the first line has most of, outside of quotes.</summary>
    private static char FindSeparator(string text)
    {
        var counts = _separators.Keys.ToDictionary(s => s, _ => 0);
        var isQuoted = false;
        foreach (var letter in text)
        {
            if (letter == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && letter is '\r' or '\n')
                break;
            else if (!isQuoted && counts.TryGetValue(letter, out var count))
                counts[letter] = count + 1;
        }

        return _separators.Keys.MaxBy(s => counts[s]);
    }

    private static List<(int Line, string[] Cells)> ReadLines(string text, char separator)
    {
        var lines = new List<(int, string[])>();
        using var reader = Sep.Reader(o => o with
        {
            Sep = Sep.New(separator),
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

    /// <summary>Whether another row has the same cells in every column with a name: a row number has none.</summary>
    public bool SaysTheSame(CsvRow other)
    {
        for (var i = 0; i < Table.Columns.Count; i++)
        {
            if (this[i] != other[i] && !TableColumns.IsRowNumber(Table.Columns[i]))
                return false;
        }

        return true;
    }

    public string this[string column] => this[Table.IndexOf(column)];

    public string this[int column] => column < Cells.Length ? Cells[column].Trim() : "";
}
