using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer;

/// <summary>Settings of the balancer. Section <c>Balancer</c>.</summary>
public sealed class BalancerOptions : DatabaseOptions
{
    public const string Section = "Balancer";

    /// <summary>
    /// Folder for <c>balancer.db</c>, <c>datasets/</c> and what is being sealed, absolute or relative to the working directory. Default
    /// <c>state</c>.
    /// </summary>
    [Required]
    [DataType("WritableFolder")]
    public string StateFolder { get; set; } = "state";

    /// <summary>
    /// Pairs in work at once in this process, 1 to 1024. Default 12: enough to keep the step batcher of the generator full.
    /// </summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = 12;

    /// <summary>Most pairs of one data set, 1 to 10,000,000: a plan is held in memory. Default 1,000,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxPairs { get; set; } = 1_000_000;

    /// <summary>
    /// Pairs of one tenant's data sets that are not done, 0 to 1,000,000,000,000, 0 for any number; a data set that would pass it is
    /// refused. The pairs of a shard are done together. Default 0: who shares the mesh with nobody needs no limit.
    /// </summary>
    [Range(0L, 1_000_000_000_000L)]
    public long PairsPerTenant { get; set; }

    /// <summary>
    /// Bytes that one tenant's data sets may have stored, images and sealed files, 0 to 2^60, 0 for any number. At the limit no data set
    /// is created, and those that are being assembled are paused; what is rendered within a second may pass it. Default 0: who shares the
    /// mesh with nobody needs no limit but the disk.
    /// </summary>
    [Range(0L, 1L << 60)]
    public long BytesPerTenant { get; set; }

    /// <summary>Sets are planned for so many calls at once, each on one thread, 1 to 64. Default 1; more wait.</summary>
    [Range(1, 64)]
    public int PlanThreads { get; set; } = 1;

    /// <summary>
    /// Calls that wait until their sets can be planned, 1 to 10,000; more are refused with push-back. The last quarter is for those that
    /// were refused before. Default 16.
    /// </summary>
    [Range(1, 10_000)]
    public int PlanQueue { get; set; } = 16;

    /// <summary>
    /// The longest time that the sets of one call may take to plan, 1 s to 1 h; then it is refused. Default 2 min: many times what a plan
    /// of a million pairs takes, and enough to look for the largest number of sets where they are too many.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan PlanLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Rows are looked over for overdue follow-ups this often, 50 ms to 10 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReconcileEvery { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A message that left no trace in its row for this long is published again, 200 ms to 1 h. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "01:00:00")]
    public TimeSpan OverdueAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// First pause after a fault that may pass, of a pair, a shard's check or a seal; it doubles with each one in a row up to 30 s. 10 ms
    /// to 30 s, default 500 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:30")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A data set is paused when more than this share of the tries of <see cref="FailureWindow"/> failed: rejected attempts, and answers
    /// that something is broken. Services that can't be reached or have no room do not count. 0.1 to 1, 1 for never; default 0.9.
    /// </summary>
    [Range(0.1, 1.0)]
    public double FailureShare { get; set; } = 0.9;

    /// <summary>
    /// How far back <see cref="FailureShare"/> looks, and how long failures must have lasted: 1 s to 1 day, default 10 min. A window with
    /// fewer than 16 failures pauses nothing.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FailureWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a service may refuse this process as unknown (UNAUTHENTICATED) and nothing else until the data set is paused, 0 to 1 h.
    /// Default 3 min: Kubernetes brings a secret that was replaced to all pods within two.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan UnauthenticatedLimit { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Another process may seal a data set when its lease was not renewed for this long, 2 s to 1 h. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan SealingLease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For rehearsals, never in the environment Production: a file; when it holds the name of a boundary of a pair's life, the process
    /// takes the file away and kills itself there. Empty for none.
    /// </summary>
    public string CrashPointFile { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class BalancerOptionsValidator : IValidateOptions<BalancerOptions>;
