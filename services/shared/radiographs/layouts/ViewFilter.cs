namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Leaves out the views that a source does not ask for.</summary>
/// <param name="source">Frontal views where it says nothing.</param>
/// <param name="left">Counts what is left out.</param>
internal sealed class ViewFilter(RadiographSource source, LeftOutCounter left)
{
    private static readonly string[] _frontal = ["PA", "AP", "AP_HORIZONTAL", "FRONTAL"];

    /// <summary>Whether a view is frontal, by the names of DICOM's View Position, or the word; null where it is not told.</summary>
    public static bool? IsFrontal(string? view) => view is null ? null : _frontal.Contains(view, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an image is left out, and counted.</summary>
    /// <param name="isFrontal">Null where its view is not told, in a source that tells those of others.</param>
    /// <param name="place">Where it is, for who asks.</param>
    /// <param name="why">What is said of a view that is not frontal.</param>
    public bool LeavesOut(bool? isFrontal, string place, string why = "are lateral views")
    {
        if (isFrontal == true || source.Views == ViewNames.All)
            return false;
        left.Add(isFrontal is null ? "have a view that is not told" : why, place);
        return true;
    }
}
