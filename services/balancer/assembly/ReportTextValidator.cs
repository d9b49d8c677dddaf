using System.Text;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Holds what a report service wrote to what rows and prompts take. A language model may write anything; such a text is that pair's fault.
/// </summary>
internal static class ReportTextValidator
{
    /// <summary>Most bytes of a section in UTF-8: what the diffusion service takes as a prompt.</summary>
    public const int MaxSectionBytes = 8 * 1024;

    /// <returns>Why the report is refused; null for one that can be kept.</returns>
    public static Fault? FindFault(RadiologyReport report)
    {
        foreach (var (section, text) in new[] { ("FINDINGS", report.Findings), ("IMPRESSION", report.Impression) })
        {
            if (text.Contains('\0', StringComparison.Ordinal))
                return Reject("nul_in_text", $"{section} holds a NUL character, which no database and no prompt takes");
            if (Encoding.UTF8.GetByteCount(text) is > MaxSectionBytes and var bytes)
                return Reject("oversize_text", $"{section} has {bytes} bytes of UTF-8, more than {MaxSectionBytes}");
        }

        return null;
    }

    private static Fault Reject(string reason, string message) => new(FaultKind.Attempt, ErrorReasons.InvalidField.Name, message)
    {
        IsBroken = true,
        Rejection = ("report", reason),
    };
}
