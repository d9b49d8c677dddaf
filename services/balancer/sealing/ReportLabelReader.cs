using Grpc.Core;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;
using LabelValue = SynCxr.Mesh.Vocabulary.LabelValue;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>The labels of a pair's report: those that came with it, or asked for where its report service gave none.</summary>
internal sealed class ReportLabelReader(ReportService.ReportServiceClient reports)
{
    /// <returns>In the order of <see cref="ChexpertLabels.All"/>.</returns>
    /// <exception cref="InvalidDataException">The report service gives no value for one of the labels.</exception>
    public async Task<IReadOnlyList<LabelValue>> ReadAsync(PairRow pair, CancellationToken cancellation)
    {
        var report = ProtoJson.Parse<RadiologyReport>(pair.ReportJson);
        var labels = report.Labels.Count > 0 ? report.Labels : await LabelAsync(report, cancellation);
        return [.. ChexpertLabels.All.Select(name => ToValue(name, labels.FirstOrDefault(l => l.Name == name)))];
    }

    private static LabelValue ToValue(string name, ReportLabel? label) => label is { Value: not Report.V1.LabelValue.Unspecified }
        ? Enums.EnumMapping.ToSameName<LabelValue>(label.Value)
        : throw new InvalidDataException($"The report service gives no value for the label '{name}'.");

    private async Task<IReadOnlyList<ReportLabel>> LabelAsync(RadiologyReport report, CancellationToken cancellation)
    {
        try
        {
            var request = new LabelReportRequest { Text = ReportText.Join(report.Findings, report.Impression) };
            return (await reports.LabelReportAsync(request, cancellationToken: cancellation)).Labels;
        }
        catch (RpcException error)
        {
            error.Data["peer"] = "report"; // a seal waits for its store otherwise
            throw;
        }
    }
}
