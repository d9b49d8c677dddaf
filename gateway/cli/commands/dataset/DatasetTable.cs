using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>A data set as a table for people and as a JSON object for programs.</summary>
internal static class DatasetTable
{
    /// <param name="dataset">The data set as the mesh has it.</param>
    /// <param name="mayBeOpen">True where the command does not wait for the end: a data set that is still made is then a success.</param>
    public static int ExitCode(ImageReportDataset dataset, bool mayBeOpen) => dataset.State switch
    {
        DatasetState.Sealed => ExitCodes.Ok,
        DatasetState.Cancelled => ExitCodes.Cancelled,
        DatasetState.Failed => ExitCodes.Failed,
        DatasetState.Paused => mayBeOpen ? ExitCodes.Ok : ExitCodes.Paused,
        _ => mayBeOpen ? ExitCodes.Ok : ExitCodes.Failed,
    };

    public static void Print(bool json, ImageReportDataset dataset)
    {
        var p = dataset.Counts ?? new DatasetCounts();
        ConsoleWriter.WriteTable(json, dataset.Name, ["", ""],
        [
            ["state", StateFormatter.Format(dataset.State)
                + (dataset.Failure is { } failure ? $": {failure.Message} [{failure.Reason}]" : "")],
            .. OptionalRow("to go on", DescribeResumption(dataset)),
            .. OptionalRow("waits for", DescribeWait(dataset.Waiting)),
            ["spec digest", dataset.SpecDigest],
            .. OptionalRow("root", dataset.Root),
            ["pairs", $"{p.Accepted} of {dataset.Spec.Pairs}"],
            ["attempts", $"{p.Attempts}, accepted {Percent(p.Accepted, p.Attempts)}"],
            .. p.Rejected.OrderByDescending(r => r.Value)
                .Select(r => new[] { "  rejected: " + r.Key, $"{r.Value} ({Percent(r.Value, p.Attempts)})" }),
            .. OptionalRow("images rendered again", p.RenderedAgain > 0 ? $"{p.RenderedAgain} (lost or damaged in the object store)" : ""),
            .. OptionalRow("canaries", DescribeCanaries(dataset.Canaries)),
            .. p.Use is null ? Array.Empty<string[]>() : [["entity use", FormatUse(p.Use)]],
            ["truncated prompts", $"{p.TruncatedPrompts}"],
            ["pairs a second", PairsPerSecond(p).ToString("0.00", CultureInfo.InvariantCulture)],
            .. p.Times.Select(t => new[]
            {
                $"  {StageName(t)}, summed over concurrent pairs", Seconds(t).ToString("0.0 s", CultureInfo.InvariantCulture),
            }),
            .. OptionalRow("folder", dataset.Location),
            .. OptionalRow("training", dataset.Training),
        ]);
    }

    public static JsonObject ToJson(ImageReportDataset dataset)
    {
        var p = dataset.Counts ?? new DatasetCounts();
        return new JsonObject
        {
            ["name"] = dataset.Name,
            ["state"] = StateFormatter.Format(dataset.State),
            ["spec_digest"] = dataset.SpecDigest,
            ["root"] = dataset.Root,
            ["folder"] = dataset.Location,
            ["training"] = dataset.Training,
            ["error"] = dataset.Failure?.Message ?? "",
            ["reason"] = dataset.Failure?.Reason ?? "",
            ["waiting"] = dataset.Waiting is not { } wait ? null : new JsonObject
            {
                ["for"] = wait.WaitsFor,
                ["reason"] = wait.Reason,
                ["message"] = wait.Message,
                ["since"] = wait.SinceTime.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
                ["tries"] = wait.Tries,
            },
            ["canaries"] = dataset.Canaries is not { } canaries ? null : new JsonObject
            {
                ["good"] = canaries.Good,
                ["good_rejected"] = canaries.GoodRejected,
                ["bad"] = canaries.Bad,
                ["bad_accepted"] = canaries.BadAccepted,
                ["false_accept"] = ToJson(canaries.FalseAccept),
                ["false_reject"] = ToJson(canaries.FalseReject),
            },
            ["pairs"] = p.Accepted,
            ["attempts"] = p.Attempts,
            ["rejected"] = new JsonObject(
                p.Rejected.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))),
            ["truncated_prompts"] = p.TruncatedPrompts,
            ["rendered_again"] = p.RenderedAgain,
            ["entity_use"] = p.Use is null ? null : new JsonObject
            {
                ["min"] = p.Use.Min,
                ["median"] = p.Use.Median,
                ["max"] = p.Use.Max,
                ["entropy"] = p.Use.NormalizedEntropy,
            },
            ["pairs_per_second"] = PairsPerSecond(p),
            ["seconds_by_stage"] = new JsonObject(p.Times.Select(t => KeyValuePair.Create(StageName(t), (JsonNode?)Seconds(t)))),
        };
    }

    private static JsonArray ToJson(ShareInterval share) => [share.Value, share.Low, share.High];

    /// <summary>How the judge does on pictures whose verdict is known; empty where it was not tried.</summary>
    private static string DescribeCanaries(CanaryVerdicts? canaries) => canaries is null ? "" : string.Create(CultureInfo.InvariantCulture,
        $"{canaries.BadAccepted} of {canaries.Bad} bad pictures accepted (95 %: {100 * canaries.FalseAccept.Low:0.0} to "
        + $"{100 * canaries.FalseAccept.High:0.0} %), {canaries.GoodRejected} of {canaries.Good} good ones rejected "
        + $"({100 * canaries.FalseReject.Low:0.0} to {100 * canaries.FalseReject.High:0.0} %)");

    /// <summary>What to do about a paused data set; empty for any other.</summary>
    internal static string DescribeResumption(ImageReportDataset dataset) => dataset.State == DatasetState.Paused
        ? $"mend the cause, then: syncxr dataset resume {dataset.Name}, with the --state or --mesh of this command (all that was made is "
            + "kept)" : "";

    /// <summary>What the work waits for, since when, and how often it was tried; empty where it goes on.</summary>
    internal static string DescribeWait(DatasetWait? wait) => wait is null ? "" : string.Create(CultureInfo.InvariantCulture,
        $"{wait.WaitsFor} since {wait.SinceTime.ToDateTime():yyyy-MM-dd HH:mm:ss} UTC, {wait.Tries} tries: {wait.Message} [{wait.Reason}]");

    private static string FormatUse(Balancer.V1.EntityUse use) => string.Create(
        CultureInfo.InvariantCulture,
        $"min {use.Min}, median {use.Median:0.#}, max {use.Max}, entropy {use.NormalizedEntropy:0.0000} over {use.Entities} entities");

    private static IEnumerable<string[]> OptionalRow(string name, string value) => value.Length > 0 ? [[name, value]] : [];

    private static string StageName(StageTime time) => JsonNamingPolicy.SnakeCaseLower.ConvertName(time.Stage.ToString());

    private static double Seconds(StageTime time) => time.Duration.ToTimeSpan().TotalSeconds;

    /// <summary>Accepted pairs a second since the data set was created; 0 before any time has passed.</summary>
    internal static double PairsPerSecond(DatasetCounts counts) =>
        counts.Elapsed?.ToTimeSpan().TotalSeconds is > 0 and var elapsed ? counts.Accepted / elapsed : 0;

    private static string Percent(long part, long whole) =>
        whole > 0 ? ((double)part / whole).ToString("P1", CultureInfo.InvariantCulture) : "–";
}
