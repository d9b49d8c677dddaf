using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>How the deterministic peers behave; shared by the three of them.</summary>
internal sealed class PeerOptions
{
    private int _calls;
    private int _waiting;

    /// <summary>One content attempt in so many is rejected by the report service; 0 for none.</summary>
    public ulong RejectReportEvery { get; init; } = 13;

    /// <summary>One image in so many is rejected by the judge; 0 for none.</summary>
    public ulong RejectImageEvery { get; init; } = 5;

    /// <summary>One image in so many comes out as NaN; 0 for none.</summary>
    public ulong NotFiniteImageEvery { get; init; }

    /// <summary>Images fall into so many looks; two of one look are near-duplicates.</summary>
    public ulong DistinctImages { get; init; } = 2000;

    /// <summary>False where the judge has no index of the generators' training images.</summary>
    public bool HasMemorisationIndex { get; init; } = true;

    /// <summary>True where the curation peer has the image encoder <c>features</c> and banks.</summary>
    public bool HasEncoder { get; init; }

    /// <summary>What each curation call asked for: the method, the encoder and the bank, each with its digest's first letter.</summary>
    public ConcurrentDictionary<string, bool> FeatureChoices { get; } = new();

    /// <summary>True where the curation peer has the image-text model <c>aligner</c>.</summary>
    public bool HasAligner { get; init; }

    /// <summary>True where it has examples of what that model says: 20 pairs at 0.05, 0.1, … 1, and 10 shuffled ones at 0.</summary>
    public bool HasAlignmentExamples { get; init; }

    /// <summary>True for a curation service of another make, which does not know the question after the alignment.</summary>
    public bool IgnoresAlignment { get; init; }

    /// <summary>The texts that came with each question after the alignment.</summary>
    public ConcurrentBag<IReadOnlyList<string>> AlignedTexts { get; } = [];

    /// <summary>Digest of that index where it is no part of the generator; else empty.</summary>
    public string IndexDigest { get; init; } = "";

    /// <summary>False where the generator's card does not say what it can render.</summary>
    public bool IsDepictionKnown { get; init; } = true;

    /// <summary>Reports that hold this entity never pass their check.</summary>
    public string? UnpassableEntity { get; init; }

    /// <summary>Every so many calls one is UNAVAILABLE; 0 for none.</summary>
    public int UnavailableEvery { get; set; }

    /// <summary>Thrown by every report call, if set.</summary>
    public Exception? ReportFailure { get; set; }

    /// <summary>What a report call with this seed throws; null for none.</summary>
    public Func<ulong, Exception?>? ReportFailureOf { get; set; }

    /// <summary>Added to the FINDINGS of a report with this seed.</summary>
    public Func<ulong, string>? ReportEndingOf { get; init; }

    /// <summary>The model that answers, as the report writer's server says; null where no server says it.</summary>
    public string? ServedModel { get; set; }

    /// <summary>The model that the judge's server names; null for none.</summary>
    public string? JudgeServedModel { get; set; }

    /// <summary>Thrown by every image call, if set.</summary>
    public Exception? ImageFailure { get; set; }

    /// <summary>Thrown by every check for duplicates, if set.</summary>
    public Exception? DuplicatesFailure { get; set; }

    /// <summary>Part of what images are a function of: with another one the same seed gives other pixels.</summary>
    public ulong ImageSalt { get; set; }

    /// <summary>Whether a judge with canaries is wrong about the one with this number; null for a judge without canaries.</summary>
    public Func<ulong, bool>? IsWrongAbout { get; set; }

    /// <summary>Runs before an image is judged; gets its SHA-256.</summary>
    public Action<string>? BeforeVerdict { get; set; }

    /// <summary>Runs before a shard is checked for duplicates.</summary>
    public Action? BeforeDuplicates { get; set; }

    /// <summary>Longest delay of a call, in milliseconds: replies come in another order each time.</summary>
    public int MaxDelayMs { get; init; } = 4;

    /// <summary>Calls wait here, if set.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public int Calls => _calls;

    /// <summary>The tenant of each call, in order.</summary>
    public ConcurrentQueue<string> CallTenants { get; } = [];

    /// <summary>Calls that wait at the gate now.</summary>
    public int Waiting => _waiting;

    public async Task SimulateCallAsync(CancellationToken cancellation)
    {
        var call = Interlocked.Increment(ref _calls);
        CallTenants.Enqueue(RequestContext.Current.Tenant);
        if (Gate is { } gate)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                await gate.Task.WaitAsync(cancellation);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        if (MaxDelayMs > 0)
            await Task.Delay(RandomNumberGenerator.GetInt32(MaxDelayMs + 1), cancellation);
        if (UnavailableEvery > 0 && call % UnavailableEvery == 0)
            throw MeshException.QueueFull("test", TimeSpan.FromMilliseconds(1));
    }

    public static ulong Hash(string text) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
