using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>
/// Progress for people, on stderr: a bar that is redrawn in its line on a terminal, a new line every five seconds elsewhere.
/// </summary>
internal sealed class ProgressBar : IDisposable
{
    private static readonly TimeSpan _lineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _redrawInterval = TimeSpan.FromMilliseconds(150);
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _label;
    private TimeSpan _lastUpdate = TimeSpan.MinValue;
    private string _lastText = "";
    private int _width;

    private ProgressBar(string label) => _label = label;

    /// <param name="label">What is being done, such as "exporting".</param>
    public static ProgressBar Start(string label) => new(label);

    /// <summary>Shows what is being waited for, where nobody can tell how long it takes.</summary>
    public void ShowDetail(string detail) => Redraw($"{_label}: {detail}", force: false);

    /// <summary>Shows how much is done, as a bar, a count and a share.</summary>
    public void ShowCount(long done, long total, string detail)
    {
        const int cells = 28;
        var share = total > 0 ? Math.Clamp((double)done / total, 0, 1) : 0;
        var full = (int)(share * cells);
        var bar = new string('█', full) + new string('░', cells - full);
        Redraw(string.Create(CultureInfo.InvariantCulture, $"{_label} {(_isTerminal ? bar + " " : "")}{done}/{total} {share:P0} {detail}"),
            force: done >= total);
    }

    public void Dispose()
    {
        if (_isTerminal && _width > 0)
            Console.Error.Write('\r' + new string(' ', _width) + '\r');
    }

    private void Redraw(string text, bool force)
    {
        var now = _clock.Elapsed;
        if (text == _lastText
            || (!force && _lastUpdate != TimeSpan.MinValue && now - _lastUpdate < (_isTerminal ? _redrawInterval : _lineInterval)))
            return;
        _lastUpdate = now;
        _lastText = text;
        if (!_isTerminal)
        {
            Console.Error.WriteLine(text);
            return;
        }

        var line = text.Length >= AnsiConsole.Profile.Width ? text[..(AnsiConsole.Profile.Width - 1)] : text;
        Console.Error.Write('\r' + line.PadRight(_width));
        _width = line.Length;
    }
}
