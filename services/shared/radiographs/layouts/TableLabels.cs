using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// Reads labels and reports of a table of one's own. An empty cell answers nothing where its column says of other images that they do not
/// have the finding; in a column that says so of none, an empty cell is the only way to say it.
/// </summary>
internal sealed class TableLabels
{
    private static readonly string[] _wholeReports = ["report", "text"];

    private readonly TableColumns _columns;
    private readonly string[] _answered, _marked;
    private int _silent;

    /// <exception cref="MeshException">INVALID_FIELD: a table without rows, one without labels and reports, or numbers for
    /// labels.</exception>
    public TableLabels(CsvTable table, TableColumns columns, string field)
    {
        _columns = columns;
        if (table.Rows.Count == 0)
            throw MeshException.Invalid(field, $"'{table.Name}' has no row below its first line");
        if (columns.Label is null && columns.Findings.Count == 0 && columns.Texts.Count == 0)
            throw MeshException.Invalid(field, "needs a column of labels or of reports; none of the "
                + $"{table.Columns.Count} of its first line is one. Labels are a column called one of "
                + $"{string.Join(", ", TableColumns.LabelColumnNames)}, or a column for each finding with 1, 0, -1, True, False or nothing "
                + $"in its cells, of which one must not be 0; reports are called {string.Join(", ", TableColumns.TextColumnNames)}");
        if (columns.Label is { } label && table.Rows.Any(r => !EmptyCell.IsEmpty(r[label])) && table.Rows.All(r => IsNumber(r[label])))
            throw MeshException.Invalid(field, $"'{table.Name}', column '{EchoedText.Shorten(label)}': holds numbers or truth values, "
                + "which name no finding. Call the column after its finding to have 1 read as present and 0 as absent, or write the "
                + "names of the classes into it");
        var isAnswered = columns.Findings.ToLookup(c => table.Rows.Any(r =>
            FindingCell.TryParse(r[c], out var answer) && answer == FindingAnswer.Absent));
        (_answered, _marked) = ([.. isAnswered[true].Select(LabelNormaliser.Normalise)],
            [.. isAnswered[false].Where(c => table.Rows.Any(r => EmptyCell.IsEmpty(r[c])))]);
    }

    /// <summary>What the rows of an image say of it.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a cell that can't be read, rows that can't be joined, or a label that its own column
    /// says is absent; names line and column.</exception>
    public Study Describe(IReadOnlyList<CsvRow> rows, RowJoin join)
    {
        string[] together = [.. new[] { _columns.Patient, _columns.View, _columns.Split }.OfType<string>()];
        var (row, labels) = join.Read(rows, Read, together);
        var raw = string.Join('\n', _columns.Texts.Select(t => EmptyCell.Read(row[t])).OfType<string>());
        var language = ReportLanguageDetector.FindForeign(raw);
        var report = language is not null ? raw
            : string.Join(' ', _columns.Texts.Select(t => ReadText(t, row[t])).Where(t => t.Length > 0));
        _silent += raw.Length > 0 && report.Length == 0 ? 1 : 0;
        string[] said = [.. labels.Present, .. labels.Uncertain, .. labels.Negative];
        return new Study
        {
            Id = "",
            Source = "",
            IsLabelled = _columns.Label is null || said.Length > 0,
            Labels = labels.Present,
            Uncertain = labels.Uncertain,
            Negative = labels.Negative,
            Unanswered = [.. _answered.Except(said, StringComparer.Ordinal)],
            IsNormal = labels.Present is ["normal" or "no finding"],
            Report = report.Length > 0 ? report : null,
            ReportLanguage = language ?? "en",
        };
    }

    /// <summary>What the user is told of cells and columns that were not read as they may have been meant.</summary>
    public IEnumerable<string> Notes(IReadOnlyList<Study> studies)
    {
        if (_columns.OtherAnswers.Count > 0)
            yield return $"Columns that are no findings by their names were not taken: {Join(_columns.OtherAnswers)}.";
        if (studies.Count(s => !s.IsLabelled) is > 0 and var bare)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{bare} of {studies.Count} images have no label: they count neither as having a finding nor as free of it.");
        string[] open = [.. _answered.Select(f => (Finding: f, Count: studies.Count(s => s.IsLabelled && s.Unanswered.Contains(f))))
            .Where(f => f.Count > 0).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Finding} {f.Count}"))];
        if (open.Length > 0)
            yield return $"An empty cell counts neither as having the finding nor as free of it; of {studies.Count} images: {Join(open)}.";
        if (_silent > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{_silent} of {studies.Count} images have a report that says nothing of the image, and count as without one.");
        if (_marked.Length > 0)
            yield return $"An empty cell is read as absent where its column holds no 0 or False at all: {Join(_marked)}.";
    }

    /// <summary>Refuses a table of nothing but reports of which none says a thing of its image.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: says how many there were.</exception>
    public void ThrowIfNoneReadable(IReadOnlyList<Study> studies, string field)
    {
        if (_silent > 0 && studies.All(s => s.Report is null) && studies.All(s => s.Labels.Count == 0 && s.Negative.Count == 0))
            throw MeshException.Invalid(field, string.Create(CultureInfo.InvariantCulture,
                $"has reports for {_silent} images, and none of them says anything of its image: only history, technique and the like "
                    + $"stand there. Statements stand under FINDINGS or IMPRESSION, or behind an empty line"));
    }

    /// <summary>A column of whole reports is read by its headings; the others hold one part each.</summary>
    private static string ReadText(string column, string cell)
    {
        if (EmptyCell.IsEmpty(cell) || !_wholeReports.Contains(LabelNormaliser.Normalise(column)))
            return EmptyCell.Read(cell) ?? "";
        var sections = ReportSectioniser.Split(cell);
        return sections.FindingsAndImpression is { Length: > 0 } text ? text : sections.Read(sections.Unheaded);
    }

    private Reading Read(CsvRow row)
    {
        var answers = Reading.From(row, _columns.Findings);
        if (_columns.Label is not { } label || EmptyCell.IsEmpty(row[label]))
            return answers;
        string[] present = [.. Split(row, label)];
        return present.Any(answers.Negative.Contains)
            ? throw row.Table.Refuse(row, label, "names a finding whose own column says that it is absent")
            : answers with { Present = [.. present, .. answers.Present.Except(present)] };
    }

    /// <summary>A list as Python writes it, or texts parted by "|" or ";".</summary>
    private static IEnumerable<string> Split(CsvRow row, string column)
    {
        var parts = !ListCell.IsList(row[column]) ? row[column].Split('|', ';')
            : ListCell.Parse(row[column]) ?? throw row.Table.Refuse(row, column, ListCell.Expected);
        return parts.Select(LabelNormaliser.Normalise).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal);
    }

    private static bool IsNumber(string cell) => FindingCell.TryParse(cell, out _)
        || double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.Select(n => EchoedText.Shorten(n)));
}
