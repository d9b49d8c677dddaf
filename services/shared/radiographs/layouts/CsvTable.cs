using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>A table with a head line (RFC 4180: quoted cells may hold commas, doubled quotes and line ends), plain or gzipped.</summary>
internal sealed class CsvTable
{
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly string _path, _field;

    private CsvTable(string path, string field, IReadOnlyList<string[]> lines)
    {
        (_path, _field, Columns) = (path, field, [.. lines[0].Select(c => c.Trim())]);
        for (var i = 0; i < Columns.Count; i++)
            _columns.TryAdd(Columns[i], i);
        Rows = [.. lines.Skip(1).Where(l => l.Length > 1 || l[0].Length > 0).Select(l => new CsvRow(this, l))];
    }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<CsvRow> Rows { get; }

    /// <exception cref="MeshException">INVALID_FIELD: not given, not there, empty, or a quote that never ends.</exception>
    public static CsvTable Open(string? path, string field)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw MeshException.Invalid(field, "is missing: this layout wants a table");
        if (!File.Exists(path))
            throw MeshException.Invalid(field, $"no file '{path}' on this machine");
        try
        {
            using var text = new StreamReader(
                path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Decompress(path) : File.OpenRead(path));
            var lines = ReadLines(text).ToList();
            return lines.Count > 0 ? new CsvTable(path, field, lines) : throw MeshException.Invalid(field, $"'{path}' is empty");
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, $"'{path}' can't be read: {error.Message}");
        }
    }

    /// <summary>
    /// A stream that ends too early is an end like any other to <see cref="GZipStream"/>; the length at the file's end tells (RFC 1952).
    /// </summary>
    private static MemoryStream Decompress(string path)
    {
        var packed = File.ReadAllBytes(path);
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        var plain = new MemoryStream();
        gzip.CopyTo(plain);
        if (packed.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(^sizeof(uint)..)) != (uint)plain.Length)
            throw new InvalidDataException("its end is missing, or it is several gzip files in one");
        plain.Position = 0;
        return plain;
    }

    public bool HasColumn(string column) => _columns.ContainsKey(column);

    /// <exception cref="MeshException">INVALID_FIELD: names the column that is not there.</exception>
    public void RequireColumns(params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            if (!HasColumn(column))
                throw MeshException.Invalid(_field, $"'{_path}' has no column '{column}'; it has {string.Join(", ", Columns.Take(12))}");
        }
    }

    internal int IndexOf(string column) => _columns[column];

    private static IEnumerable<string[]> ReadLines(StreamReader text)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var c = text.Read(); c >= 0; c = text.Read())
        {
            if (quoted && c == '"' && text.Peek() == '"')
                cell.Append((char)text.Read());
            else if (c == '"')
                quoted = !quoted;
            else if (quoted || (c != ',' && c != '\n' && c != '\r'))
                cell.Append((char)c);
            else if (c != '\r')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == '\n')
                {
                    yield return [.. cells];
                    cells.Clear();
                }
            }
        }

        if (quoted)
            throw new InvalidDataException("a quoted cell never ends");
        if (cells.Count > 0 || cell.Length > 0)
            yield return [.. cells, cell.ToString()];
    }
}

/// <summary>A row; a cell that the line is too short for is empty.</summary>
internal readonly record struct CsvRow(CsvTable Table, string[] Cells)
{
    public string this[string column] => this[Table.IndexOf(column)];

    public string this[int column] => column < Cells.Length ? Cells[column].Trim() : "";
}
