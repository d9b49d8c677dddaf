using System.Globalization;
using System.Security;
using System.Text;

namespace SynCxr.Mesh.Evaluator.Plots;

/// <summary>One line of a plot.</summary>
public sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A series of bars, one for each name.</summary>
public sealed record PlotBars(string Name, IReadOnlyList<double> Heights);

/// <summary>A series of values with intervals, one for each name; null where there is none.</summary>
public sealed record PlotIntervals(string Name, IReadOnlyList<(double Low, double Value, double High)?> Ranges);

/// <summary>Renders plots as self-contained SVG, without scripts, fonts or network. The same numbers give the same bytes.</summary>
public static class SvgPlot
{
    public const string MediaType = "image/svg+xml";

    private const int Left = 56, Top = 34, PlotWidth = 420, PlotHeight = 300, Right = 190, Bottom = 46;
    private static readonly string[] _colours =
        ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#7f7f7f", "#bcbd22", "#e377c2"];
    private static readonly CultureInfo _culture = CultureInfo.InvariantCulture;

    /// <summary>Lines over common axes.</summary>
    public static byte[] Lines(
        string title, string x, string y, IReadOnlyList<PlotLine> lines, (double Low, double High)? across = null,
        (double Low, double High)? up = null)
    {
        var points = lines.SelectMany(l => l.Points).ToList();
        var xs = across ?? Span(points.Select(p => p.X));
        var ys = up ?? Span(points.Select(p => p.Y));
        var svg = Frame(title, x, y, xs, ys, PlotWidth, numbersAcross: true);
        for (var i = 0; i < lines.Count; i++)
        {
            var path = string.Join(
                ' ', lines[i].Points.Select(p => Pair(Left + Share(p.X, xs) * PlotWidth, Top + (1 - Share(p.Y, ys)) * PlotHeight)));
            svg.Append(_culture, $"<polyline fill=\"none\" stroke=\"{Colour(i)}\" stroke-width=\"1.6\" points=\"{path}\"/>\n");
            Legend(svg, lines[i].Name, i, PlotWidth);
        }

        return Done(svg);
    }

    /// <summary>Groups of bars, names along the bottom.</summary>
    public static byte[] Bars(string title, string y, IReadOnlyList<string> names, IReadOnlyList<PlotBars> series)
    {
        var width = Math.Max(PlotWidth, names.Count * 14);
        var ys = (0.0, Math.Max(1e-9, series.SelectMany(s => s.Heights).DefaultIfEmpty(1).Max()));
        var svg = Frame(title, "", y, (0, 1), ys, width, numbersAcross: false);
        var slot = (double)width / names.Count;
        var bar = slot * 0.8 / series.Count;
        for (var n = 0; n < names.Count; n++)
        {
            for (var s = 0; s < series.Count; s++)
            {
                var height = Share(series[s].Heights[n], ys) * PlotHeight;
                svg.Append(
                    _culture,
                    $"<rect x=\"{Left + n * slot + slot * 0.1 + s * bar:0.##}\" y=\"{Top + PlotHeight - height:0.##}\" "
                        + $"width=\"{bar:0.##}\" height=\"{height:0.##}\" fill=\"{Colour(s)}\"/>\n");
            }

            var at = Pair(Left + (n + 0.5) * slot, Top + PlotHeight + 8);
            svg.Append(
                _culture,
                $"<text font-size=\"9\" text-anchor=\"end\" transform=\"translate({at}) rotate(-60)\">"
                    + $"{SecurityElement.Escape(names[n])}</text>\n");
        }

        for (var s = 0; s < series.Count; s++)
            Legend(svg, series[s].Name, s, width);
        return Done(svg);
    }

    /// <summary>Points with their ranges, a row a name, a colour a series.</summary>
    public static byte[] Intervals(string title, string x, IReadOnlyList<string> names, IReadOnlyList<PlotIntervals> series)
    {
        var known = series.SelectMany(s => s.Ranges).OfType<(double Low, double Value, double High)>().ToList();
        var xs = (Math.Min(0.5, known.Min(r => r.Low)), Math.Max(1.0, known.Max(r => r.High)));
        var svg = Frame(title, x, "", xs, (0, 0), PlotWidth, numbersAcross: true);
        var slot = (double)PlotHeight / names.Count;
        for (var n = 0; n < names.Count; n++)
        {
            svg.Append(
                _culture,
                $"<text x=\"{Left + 6}\" y=\"{Top + n * slot + 13:0.##}\" fill=\"#555\">{SecurityElement.Escape(names[n])}</text>\n");
            for (var s = 0; s < series.Count; s++)
            {
                if (series[s].Ranges[n] is not { } range)
                    continue;
                var y = Top + n * slot + 18 + (s + 0.5) * (slot - 22) / series.Count;
                double At(double value) => Left + Share(value, xs) * PlotWidth;
                svg.Append(
                    _culture,
                    $"<line x1=\"{At(range.Low):0.##}\" x2=\"{At(range.High):0.##}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\" "
                        + $"stroke=\"{Colour(s)}\" stroke-width=\"2\"/>");
                svg.Append(_culture, $"<circle cx=\"{At(range.Value):0.##}\" cy=\"{y:0.##}\" r=\"4\" fill=\"{Colour(s)}\"/>\n");
            }
        }

        for (var s = 0; s < series.Count; s++)
            Legend(svg, series[s].Name, s, PlotWidth);
        return Done(svg);
    }

    private static StringBuilder Frame(
        string title, string x, string y, (double Low, double High) xs, (double Low, double High) ys, int width, bool numbersAcross)
    {
        var fullWidth = Left + width + Right;
        var fullHeight = Top + PlotHeight + (numbersAcross ? Bottom : 150);
        var svg = new StringBuilder();
        svg.Append(
            _culture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {fullWidth} {fullHeight}\" width=\"{fullWidth}\" "
                + $"height=\"{fullHeight}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        svg.Append(
            _culture,
            $"<rect width=\"{fullWidth}\" height=\"{fullHeight}\" fill=\"#fff\"/>"
                + $"<text x=\"{Left}\" y=\"20\" font-size=\"13\">{SecurityElement.Escape(title)}</text>\n");
        svg.Append(
            _culture, $"<rect x=\"{Left}\" y=\"{Top}\" width=\"{width}\" height=\"{PlotHeight}\" fill=\"none\" stroke=\"#888\"/>\n");
        for (var i = 0; i <= 4; i++)
        {
            var tickX = Left + i * width / 4.0;
            var tickY = Top + PlotHeight - i * PlotHeight / 4.0;
            if (ys.High > ys.Low)
            {
                svg.Append(
                    _culture,
                    $"<text x=\"{Left - 6}\" y=\"{tickY + 4:0.##}\" text-anchor=\"end\">"
                        + $"{Number(ys.Low + i * (ys.High - ys.Low) / 4)}</text>");
            }

            if (numbersAcross)
            {
                svg.Append(
                    _culture,
                    $"<text x=\"{tickX:0.##}\" y=\"{Top + PlotHeight + 16}\" text-anchor=\"middle\">"
                        + $"{Number(xs.Low + i * (xs.High - xs.Low) / 4)}</text>");
            }
        }

        svg.Append(
            _culture,
            $"\n<text x=\"{Left + width / 2}\" y=\"{Top + PlotHeight + 36}\" text-anchor=\"middle\">{SecurityElement.Escape(x)}</text>");
        return svg.Append(
            _culture,
            $"<text transform=\"translate(14 {Top + PlotHeight / 2}) rotate(-90)\" text-anchor=\"middle\">"
                + $"{SecurityElement.Escape(y)}</text>\n");
    }

    private static void Legend(StringBuilder svg, string name, int i, int width) => svg.Append(
        _culture,
        $"<rect x=\"{Left + width + 12}\" y=\"{Top + 4 + i * 16}\" width=\"10\" height=\"10\" fill=\"{Colour(i)}\"/>"
            + $"<text x=\"{Left + width + 27}\" y=\"{Top + 13 + i * 16}\">{SecurityElement.Escape(name)}</text>\n");

    private static byte[] Done(StringBuilder svg) => Encoding.UTF8.GetBytes(svg.Append("</svg>\n").ToString());

    private static (double Low, double High) Span(IEnumerable<double> values)
    {
        var all = values.DefaultIfEmpty(0).ToList();
        return all.Max() > all.Min() ? (all.Min(), all.Max()) : (all.Min() - 0.5, all.Min() + 0.5);
    }

    private static double Share(double value, (double Low, double High) span) =>
        Math.Clamp((value - span.Low) / (span.High - span.Low), 0, 1);

    private static string Colour(int i) => _colours[i % _colours.Length];

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.###", _culture);

    private static string Pair(double x, double y) => string.Create(_culture, $"{x:0.##},{y:0.##}");
}
