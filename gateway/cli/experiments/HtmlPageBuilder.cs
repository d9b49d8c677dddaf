using System.Globalization;
using System.Net;
using System.Text;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>The page: one HTML file with everything in it. It needs no network, no script and no font.</summary>
internal sealed class HtmlPageBuilder
{
    private const string Style = """
        body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
        table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #ccc;padding:.25rem .7rem;text-align:right}
        td:first-child,th:first-child{text-align:left}caption{text-align:left;font-weight:bold;padding:.3rem 0}
        figure{margin:1rem 0}figcaption{color:#555}pre{background:#f4f4f4;padding:.7rem;overflow:auto;font-size:12px}
        .note{background:#fff6dd;padding:.6rem 1rem;border-left:4px solid #e0b020}
        """;

    private readonly StringBuilder _body = new();
    private readonly string _title;

    public HtmlPageBuilder(string title, string summary)
    {
        _title = title;
        _body.Append(FormatInvariant($"<h1>{Encode(title)}</h1>\n<p>{Encode(summary)}</p>\n"));
    }

    public void AddHeading(string text) => _body.Append(FormatInvariant($"<h2>{Encode(text)}</h2>\n"));

    public void AddParagraph(string text) => _body.Append(FormatInvariant($"<p>{Encode(text)}</p>\n"));

    /// <summary>What a reader must know before the figures.</summary>
    public void AddWarning(string text) => _body.Append(FormatInvariant($"<p class=\"note\">{Encode(text)}</p>\n"));

    public void AddTable(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        _body.Append(FormatInvariant($"<table><caption>{Encode(caption)}</caption><tr>{string.Concat(columns.Select(c => $"<th>{Encode(c)}</th>"))}</tr>\n"));
        foreach (var row in rows)
            _body.Append(FormatInvariant($"<tr>{string.Concat(row.Select(c => $"<td>{Encode(c)}</td>"))}</tr>\n"));
        _body.Append("</table>\n");
    }

    /// <param name="svg">A plot that needs nothing from outside.</param>
    public void AddPlot(byte[] svg, string caption) =>
        _body.Append(FormatInvariant($"<figure>{Encoding.UTF8.GetString(svg)}<figcaption>{Encode(caption)}</figcaption></figure>\n"));

    public void AddImage(byte[] png, string caption) =>
        _body.Append(FormatInvariant($"<figure><img alt=\"{Encode(caption)}\" style=\"max-width:100%\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"><figcaption>{Encode(caption)}</figcaption></figure>\n"));

    /// <summary>Folded away: exact specs.</summary>
    public void AddListing(string summary, string text) =>
        _body.Append(FormatInvariant($"<details><summary>{Encode(summary)}</summary><pre>{Encode(text)}</pre></details>\n"));

    public override string ToString() =>
        $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Encode(_title)}</title><style>{Style}</style></head>\n<body>\n{_body}</body></html>\n";

    /// <summary>A figure with its interval: <c>0.953 (0.941 to 0.964)</c>.</summary>
    public static string FormatFigure(Figure? figure) => figure is null
        ? ""
        : figure.HasLow ? FormatInvariant($"{figure.Value:0.000} ({figure.Low:0.000} to {figure.High:0.000})") : figure.Value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string FormatInvariant(FormattableString text) => FormattableString.Invariant(text);
}
