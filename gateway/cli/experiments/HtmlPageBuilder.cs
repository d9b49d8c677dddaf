using System.Globalization;
using System.Net;
using System.Text;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>Builds one HTML file that needs no network, no script and no font: styles and plots are in it.</summary>
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
        Append($"<h1>{Encode(title)}</h1>");
        AddParagraph(summary);
    }

    public void AddHeading(string text) => Append($"<h2>{Encode(text)}</h2>");

    public void AddParagraph(string text) => Append($"<p>{Encode(text)}</p>");

    /// <summary>A highlighted paragraph: what a reader must know before the figures.</summary>
    public void AddWarning(string text) => Append($"<p class=\"note\">{Encode(text)}</p>");

    public void AddTable(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var heads = string.Concat(columns.Select(c => $"<th>{Encode(c)}</th>"));
        Append($"<table><caption>{Encode(caption)}</caption><tr>{heads}</tr>");
        foreach (var row in rows)
            Append($"<tr>{string.Concat(row.Select(c => $"<td>{Encode(c)}</td>"))}</tr>");
        Append("</table>");
    }

    /// <param name="svg">A plot that needs nothing from outside.</param>
    /// <param name="caption">Text below it.</param>
    public void AddPlot(byte[] svg, string caption) =>
        Append($"<figure>{Encoding.UTF8.GetString(svg)}<figcaption>{Encode(caption)}</figcaption></figure>");

    /// <summary>Text that is folded away until a reader opens it, such as an exact spec.</summary>
    public void AddListing(string summary, string text) =>
        Append($"<details><summary>{Encode(summary)}</summary><pre>{Encode(text)}</pre></details>");

    /// <summary>The whole page.</summary>
    public override string ToString()
    {
        var head = $"<meta charset=\"utf-8\"><title>{Encode(_title)}</title><style>{Style}</style>";
        return $"<!doctype html>\n<html lang=\"en\"><head>{head}</head>\n<body>\n{_body}</body></html>\n";
    }

    /// <summary>A figure with its interval: <c>0.953 (0.941 to 0.964)</c>.</summary>
    public static string FormatFigure(Figure? figure) => figure is null
        ? ""
        : figure.HasLow
            ? string.Create(CultureInfo.InvariantCulture, $"{figure.Value:0.000} ({figure.Low:0.000} to {figure.High:0.000})")
            : figure.Value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private void Append(string html) => _body.Append(html).Append('\n');
}
