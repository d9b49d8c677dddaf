using System.Globalization;
using System.Text;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.Plots;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>
/// Counts the reports of each side that mention each entity: a plot of the most frequent ones of each list, and a table of all.
/// </summary>
internal sealed class EntityFrequencies(ReportEntityClient peer)
{
    private const int Shown = 50;

    public async Task AddAsync(EvaluationRun run, IReadOnlyList<string> real, IReadOnlyList<string> other, CancellationToken cancellation)
    {
        var (realCounts, otherCounts) = (await CountAsync(real, "real"), await CountAsync(other, "other"));
        var all = realCounts.Keys.Union(otherCounts.Keys).OrderBy(k => k.Type)
            .ThenByDescending(k => realCounts.GetValueOrDefault(k) + otherCounts.GetValueOrDefault(k))
            .ThenBy(k => k.Term, StringComparer.Ordinal).ToList();
        var table = new StringBuilder("list\tentity\treal\tother\n");
        foreach (var key in all)
            table.Append(CultureInfo.InvariantCulture,
                $"{Spell(key.Type)}\t{key.Term}\t{realCounts.GetValueOrDefault(key)}\t{otherCounts.GetValueOrDefault(key)}\n");
        run.KeepFile("entities.tsv", "Reports that speak of each entity.", "text/tab-separated-values",
            Encoding.UTF8.GetBytes(table.ToString()));
        foreach (var list in all.GroupBy(k => k.Type))
        {
            var names = list.Take(Shown).ToList();
            run.KeepFile($"entities-{Spell(list.Key)}.svg", $"The {names.Count} most frequent entities of {Spell(list.Key)}.",
                SvgPlot.MediaType, SvgPlot.Bars(
                $"{Spell(list.Key)}: share of the reports", "share", [.. names.Select(n => n.Term)],
                [new PlotBars("real", [.. names.Select(n => (double)realCounts.GetValueOrDefault(n) / real.Count)]),
                    new PlotBars("other", [.. names.Select(n => (double)otherCounts.GetValueOrDefault(n) / other.Count)])]));
        }

        async Task<Dictionary<(EntityType Type, string Term), int>> CountAsync(IReadOnlyList<string> texts, string side)
        {
            var counts = new Dictionary<(EntityType, string), int>();
            for (var i = 0; i < texts.Count; i++)
            {
                foreach (var entity in await peer.ExtractAsync(texts[i], cancellation))
                    counts[entity] = counts.GetValueOrDefault(entity) + 1;
                run.Report($"entities of the {side} reports", i + 1, texts.Count);
            }

            return counts;
        }
    }

    private static string Spell(EntityType type) => type.ToString().ToLowerInvariant();
}
