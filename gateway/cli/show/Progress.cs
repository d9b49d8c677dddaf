using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SynCxr.Mesh.Cli.Show;

/// <summary>Progress for people: a bar that redraws itself on a terminal, a plain line every few seconds elsewhere. All of it on stderr.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan _plainEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _drawEvery = TimeSpan.FromMilliseconds(150);
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _label;
    private TimeSpan _last = TimeSpan.MinValue;
    private string _shown = "";
    private int _width;

    private Progress(string label) => _label = label;

    /// <summary>Waiting for something whose length nobody knows.</summary>
    public static Progress Wait(string label) => new(label);

    /// <summary>Counting something.</summary>
    public static Progress Count(string label) => new(label);

    /// <summary>What is being waited for.</summary>
    public void Say(string detail) => Draw($"{_label}: {detail}", force: false);

    /// <summary>How far it is.</summary>
    public void Set(long done, long total, string detail)
    {
        const int cells = 28;
        var share = total > 0 ? Math.Clamp((double)done / total, 0, 1) : 0;
        var full = (int)(share * cells);
        var bar = new string('█', full) + new string('░', cells - full);
        Draw(string.Create(CultureInfo.InvariantCulture, $"{_label} {(_terminal ? bar + " " : "")}{done}/{total} {share:P0} {detail}"), force: done >= total);
    }

    public void Dispose()
    {
        if (_terminal && _width > 0)
            Console.Error.Write('\r' + new string(' ', _width) + '\r');
    }

    private void Draw(string text, bool force)
    {
        var now = _clock.Elapsed;
        if (text == _shown || (!force && _last != TimeSpan.MinValue && now - _last < (_terminal ? _drawEvery : _plainEvery)))
            return;
        _last = now;
        _shown = text;
        if (!_terminal)
        {
            Console.Error.WriteLine(text);
            return;
        }

        var line = text.Length >= AnsiConsole.Profile.Width ? text[..(AnsiConsole.Profile.Width - 1)] : text;
        Console.Error.Write('\r' + line.PadRight(_width));
        _width = line.Length;
    }
}
