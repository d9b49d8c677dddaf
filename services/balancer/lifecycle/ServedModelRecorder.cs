using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Holds a data set to one model behind its report writer, and to one behind its judge. A server that is started anew with another model
/// answers as before under the same name, and nobody could tell from the texts.
/// </summary>
internal sealed class ServedModelRecorder(MeshDatabase<BalancerDb> rows)
{
    /// <summary>Records the model of the first report, and compares those of later ones with it.</summary>
    /// <returns>What pauses the data set where another model answered; null where none did.</returns>
    public async Task<Fault?> FindFaultAsync(string dataset, RadiologyReport report, CancellationToken cancellation)
    {
        foreach (var served in report.Attempts.Where(a => a.HasServedModel).Select(a => a.ServedModel).Distinct(StringComparer.Ordinal))
        {
            var first = await RecordAsync(dataset, nameof(DatasetRow.ServedModel), served, cancellation);
            if (first != served)
                return OtherModel("report writer", "reports", served, first);
        }

        return null;
    }

    /// <summary>Records the model of the first verdict, and compares those of later ones with it.</summary>
    /// <returns>What pauses the data set where another model answered; null where none did.</returns>
    public async Task<Fault?> FindFaultAsync(string dataset, CurationVerdict verdict, CancellationToken cancellation)
    {
        if (!verdict.HasServedModel)
            return null;
        var first = await RecordAsync(dataset, nameof(DatasetRow.JudgeServedModel), verdict.ServedModel, cancellation);
        return first == verdict.ServedModel ? null : OtherModel("judge", "verdicts", verdict.ServedModel, first);
    }

    private static Fault OtherModel(string who, string what, string served, string first) =>
        Fault.OfDataset(ErrorReasons.ModelNotLoaded, $"the {who}'s server answers with the model '{EchoedText.Shorten(served)}', and its "
            + $"{what} so far are of '{EchoedText.Shorten(first)}'; bring that back, or resume the data set to go on with the other");

    /// <summary>The model that was recorded first.</summary>
    private async Task<string> RecordAsync(string dataset, string column, string served, CancellationToken cancellation)
    {
        var first = await ReadAsync(dataset, column, cancellation);
        if (first.Length > 0)
            return first;
        await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == dataset && EF.Property<string>(d, column) == "")
                .ExecuteUpdateAsync(s => s.SetProperty(d => EF.Property<string>(d, column), served), cancellation),
            cancellation);
        return await ReadAsync(dataset, column, cancellation); // of two at once, one is first
    }

    private async Task<string> ReadAsync(string dataset, string column, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await db.Datasets.Where(d => d.Id == dataset).Select(d => EF.Property<string>(d, column))
            .FirstOrDefaultAsync(cancellation) ?? "";
    }
}
