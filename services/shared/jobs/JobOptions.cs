using System.ComponentModel.DataAnnotations;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Jobs;

/// <summary>Settings of a job queue; part of the section of each service that has one.</summary>
public abstract class JobOptions : DatabaseOptions
{
    /// <summary>
    /// Jobs of one tenant that may wait, 1 to 1,000; the next one is refused, as is one of any tenant beyond four times as many. A
    /// process runs one at a time. Default 8.
    /// </summary>
    [Range(1, 1_000)]
    public int QueueLimit { get; set; } = 8;

    /// <summary>
    /// Another replica takes over a job whose process did not renew its lease for this long, 2 s to 1 h. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the queue is read for jobs and for overdue messages, 50 ms to 10 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReconcileEvery { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A message that asks for something is published again after this long unless somebody confirms it, 200 ms to 1 h. Default 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "01:00:00")]
    public TimeSpan OverdueAfter { get; set; } = TimeSpan.FromMinutes(5);
}
