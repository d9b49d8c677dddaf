using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Torch.Data.Layouts;

/// <summary>The patient from a file's name, where a public data set's way of naming files tells. A name that tells nothing gives none.</summary>
internal static partial class PatientNames
{
    public static string Of(string file)
    {
        var name = Path.GetFileName(file);
        foreach (var form in (Regex[])[Nih(), Kermany(), KermanyNormal()])
        {
            if (form.Match(name) is { Success: true } match)
                return match.Groups["patient"].Value.ToLowerInvariant();
        }

        return "";
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
