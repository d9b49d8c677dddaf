using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Finds the patient in a file name that follows a public data set's convention.</summary>
internal static partial class PatientFileName
{
    /// <summary>The lists of shipped models have Kermany's patients under this name.</summary>
    private const string KermanySource = "kermany-cxr-224", NihSource = "nih";

    /// <returns>The patient and the data set that it belongs to; an empty name and null where the file name follows no known
    /// convention.</returns>
    public static (string Patient, string? Source) Parse(string file)
    {
        var name = Path.GetFileName(file);
        foreach (var (form, source) in ((Regex, string)[])[(Nih(), NihSource), (Kermany(), KermanySource),
            (KermanyNormal(), KermanySource)])
        {
            if (form.Match(name) is { Success: true } match)
                return (match.Groups["patient"].Value.ToLowerInvariant().TrimStart('0'), source);
        }

        return ("", null);
    }

    /// <summary>00000001_000.png</summary>
    [GeneratedRegex(@"\A(?<patient>\d{8})_\d{3}\.")]
    private static partial Regex Nih();

    /// <summary>person16_bacteria_54.jpeg; numbers of the two kinds of pneumonia are of one series.</summary>
    [GeneratedRegex(@"\A(?<patient>person\d+)_(bacteria|virus)_\d+(_\d+)?\.")]
    private static partial Regex Kermany();

    /// <summary>IM-0115-0001.jpeg, NORMAL2-IM-0117-0001.jpeg</summary>
    [GeneratedRegex(@"\A(?<patient>(NORMAL2-)?IM-\d+)-\d+(-\d+)?\.")]
    private static partial Regex KermanyNormal();
}
