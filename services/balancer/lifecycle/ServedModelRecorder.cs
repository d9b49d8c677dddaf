using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Holds a data set to one model behind its report writer. A server that is started anew with another model answers as before under the
/// same name, and nobody could tell from the texts.
/// </summary>
internal sealed class ServedModelRecorder(MeshDatabase<BalancerDb> rows)
{
    /// <summary>Records the model of the first report, and compares those of later ones with it.</summary>
    /// <returns>What pauses the data set where another model answered; null where none did.</returns>
    public async Task<Fault?> FindFaultAsync(string dataset, RadiologyReport report, CancellationToken cancellation)
    {
        foreach (var served in report.Attempts.Where(a => a.HasServedModel).Select(a => a.ServedModel).Distinct(StringComparer.Ordinal))
        {
            var first = await ReadAsync(dataset, cancellation);
            if (first.Length == 0)
            {
                await rows.TransactAsync(
                    db => db.Datasets.Where(d => d.Id == dataset && d.ServedModel == "")
                        .ExecuteUpdateAsync(s => s.SetProperty(d => d.ServedModel, served), cancellation),
                    cancellation);
                first = await ReadAsync(dataset, cancellation); // of two at once, one is first
            }

            if (first != served)
            {
                return Fault.OfDataset(ErrorReasons.ModelNotLoaded, $"the report writer's server answers with the model "
                    + $"'{EchoedText.Shorten(served)}', and its reports so far are of '{EchoedText.Shorten(first)}'; bring that back, or "
                    + "resume the data set to go on with the other");
            }
        }

        return null;
    }

    private async Task<string> ReadAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await db.Datasets.Where(d => d.Id == dataset).Select(d => d.ServedModel).FirstOrDefaultAsync(cancellation) ?? "";
    }
}
