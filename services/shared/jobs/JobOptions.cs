using System.ComponentModel.DataAnnotations;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Jobs;

/// <summary>How a service works through its queue; part of the section of each service that has one.</summary>
public abstract class JobOptions : DatabaseOptions
{
    /// <summary>Rows that may wait, 1 to 1,000; the next one is refused. A process works on one at a time. Default 8.</summary>
    [Range(1, 1_000)]
    public int QueueLimit { get; set; } = 8;

    /// <summary>
    /// Another replica may take over a row whose process did not renew its lease for this long, 2 s to 1 h. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows are looked over for work and for overdue messages this often, 50 ms to 10 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReconcileEvery { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A message that asks for something and that nobody has confirmed is published again after this long, 200 ms to 1 h. Default 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "01:00:00")]
    public TimeSpan OverdueAfter { get; set; } = TimeSpan.FromMinutes(5);
}
