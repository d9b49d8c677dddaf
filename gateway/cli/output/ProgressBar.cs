using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>
/// Progress for people: a bar that redraws itself on a terminal, a plain line every few seconds elsewhere. All of it on stderr.
/// </summary>
internal sealed class ProgressBar : IDisposable
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(150);
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _label;
    private TimeSpan _lastUpdate = TimeSpan.MinValue;
    private string _lastText = "";
    private int _width;

    private ProgressBar(string label) => _label = label;

    /// <summary>Waiting for something whose length nobody knows.</summary>
    public static ProgressBar StartWait(string label) => new(label);

    /// <summary>Counting something.</summary>
    public static ProgressBar StartCount(string label) => new(label);

    /// <summary>What is being waited for.</summary>
    public void ShowDetail(string detail) => Redraw($"{_label}: {detail}", force: false);

    /// <summary>How far it is.</summary>
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
            || (!force && _lastUpdate != TimeSpan.MinValue && now - _lastUpdate < (_isTerminal ? RedrawInterval : LineInterval)))
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
