using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Balancer.Canaries;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Rows and plans as clients see them.</summary>
internal static class DatasetMapping
{
    /// <summary>A data set that was planned and not stored.</summary>
    public static ImageReportDataset ToProto(PlannedDataset planned) => new()
    {
        Spec = planned.Dataset.Spec,
        SpecDigest = planned.Dataset.SpecDigest,
        Counts = new DatasetCounts { Use = ToProto(planned.Dataset.Sampling, planned.Plan) },
    };

    /// <param name="location">Of the sealed files; empty before they are sealed.</param>
    public static ImageReportDataset ToProto(DatasetRow row, DatasetCounts counts, string location)
    {
        var dataset = new ImageReportDataset
        {
            Name = $"datasets/{row.Id}",
            Spec = SpecOf(row),
            SpecDigest = row.SpecDigest,
            State = EnumMapping.ToSameName<DatasetState>(row.Stage),
            Counts = counts,
            Root = row.Root,
            Location = location,
            Training = row.Training,
            CreateTime = ToTimestamp(row.CreatedMs),
        };
        dataset.Progress = ToProgress(dataset);
        if (row.Stage is DatasetStage.Failed or DatasetStage.Paused)
            dataset.Failure = new Failure { Reason = row.ErrorReason, Message = row.Error };
        if (row.WaitingTries > 0)
            dataset.Waiting = ToWait(row);
        if (row.SealedMs is { } sealedMs)
            dataset.SealTime = ToTimestamp(sealedMs);
        return dataset;
    }

    /// <summary>Null where no canary was judged.</summary>
    public static CanaryVerdicts? ToProto(CanaryCounts counts) => counts.Good + counts.Bad == 0 ? null : new CanaryVerdicts
    {
        Good = counts.Good,
        GoodRejected = counts.GoodRejected,
        Bad = counts.Bad,
        BadAccepted = counts.BadAccepted,
        FalseAccept = ToProto(counts.FalseAccept),
        FalseReject = ToProto(counts.FalseReject),
    };

    private static ShareInterval ToProto(WilsonInterval share) => new() { Value = share.Value, Low = share.Low, High = share.High };

    private static DatasetWait ToWait(DatasetRow row) => new()
    {
        WaitsFor = row.WaitingFor,
        Reason = row.WaitingReason,
        Message = row.WaitingMessage,
        SinceTime = ToTimestamp(row.WaitingSinceMs),
        Tries = row.WaitingTries,
    };

    /// <summary>A spec that can't be read pauses its data set; the answer that says so must not fail by it too.</summary>
    private static DatasetSpec SpecOf(DatasetRow row)
    {
        try
        {
            return JsonParser.Default.Parse<DatasetSpec>(row.SpecJson);
        }
        catch (Exception error) when (error is InvalidJsonException or InvalidProtocolBufferException)
        {
            return new DatasetSpec { Pairs = row.Pairs };
        }
    }

    /// <summary>The time left is what the accepted pairs took, carried on to those that are open.</summary>
    private static Progress ToProgress(ImageReportDataset dataset)
    {
        var done = dataset.Counts.Accepted;
        var total = dataset.Spec.Pairs;
        var activity = JsonNamingPolicy.SnakeCaseLower.ConvertName(dataset.State.ToString());
        var progress = new Progress { Activity = activity, Done = done, Total = total };
        if (dataset.State == DatasetState.Assembling && done > 0)
            progress.Remaining = Duration.FromTimeSpan(dataset.Counts.Elapsed.ToTimeSpan() / done * (total - done));
        return progress;
    }

    /// <param name="lastReject">Of the attempt before, if there was one.</param>
    public static DatasetPair ToProto(PairRow pair, RejectRow? lastReject)
    {
        var described = new DatasetPair
        {
            Index = pair.Index,
            State = ToProto(pair.Stage),
            Attempt = pair.Attempt,
            Findings = pair.Findings,
            Impression = pair.Impression,
        };
        described.Entities.Add(TextListColumn.Parse(pair.EntitiesJson));
        if (pair.ImageSha256.Length > 0)
            described.Image = pair.ToImageRef();
        if (lastReject is not null)
            described.LastReasons.Add(TextListColumn.Parse(lastReject.ReasonsJson));
        return described;
    }

    public static EntityUse ToProto(SamplingRequest request, SamplingPlan plan) =>
        ToProto(EntityUseStatistics.FromCounts(request, plan.CountUses()), plan.IncompatibleSamples);

    /// <summary>
    /// How evenly findings are used. Places are a pool of another size: in one figure with them, an even plan would look uneven. The
    /// manifest of a sealed data set has both.
    /// </summary>
    public static EntityUse ToProto(EntityUseStatistics use, long incompatibleSamples) => new()
    {
        Min = use.Findings.Min,
        Median = use.Findings.Median,
        Max = use.Findings.Max,
        NormalizedEntropy = use.Findings.NormalizedEntropy,
        Entities = use.Findings.Entities,
        IncompatibleSamples = incompatibleSamples,
    };

    /// <summary>An exhausted pair waits for another entity set: for a client it is planned again.</summary>
    private static PairState ToProto(PairStage stage) =>
        stage == PairStage.Exhausted ? PairState.Planned : EnumMapping.ToSameName<PairState>(stage);

    private static Timestamp ToTimestamp(long unixMs) => Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
}
