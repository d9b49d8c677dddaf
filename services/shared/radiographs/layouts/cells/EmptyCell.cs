namespace SynCxr.Mesh.Radiographs.Layouts.Cells;

/// <summary>Cells that say nothing: empty ones, and those that programs write for a value that is missing.</summary>
internal static class EmptyCell
{
    private static readonly string[] _words = ["nan", "-nan", "na", "n/a", "#n/a", "null", "none", "<na>"];

    public static bool IsEmpty(string cell) => cell.Length == 0 || _words.Contains(cell, StringComparer.OrdinalIgnoreCase);

    /// <summary>The cell; null where it says nothing.</summary>
    public static string? Read(string cell) => IsEmpty(cell) ? null : cell;
}
