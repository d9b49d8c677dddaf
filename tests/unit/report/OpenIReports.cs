using System.Formats.Tar;
using System.IO.Compression;
using System.Xml.Linq;
using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Report.Tests;

/// <summary>The real reports of Open-I, read once for all tests; empty where they are not on the machine.</summary>
internal static class OpenIReports
{
    private static readonly Lazy<List<(SourceReport Whole, SourceReport WithoutMesh)>> _read = new(ReadAll);

    public static IReadOnlyList<(SourceReport Whole, SourceReport WithoutMesh)> All => _read.Value;

    /// <summary>The gold labels by report number; empty where they are not on the machine.</summary>
    public static Dictionary<int, HashSet<string>> Gold()
    {
        var gold = new Dictionary<int, HashSet<string>>();
        if (!SharedData.TryFind("openi-reports/openi_gld_std14.csv", out var path))
            return gold;
        var lines = File.ReadLines(path).Select(l => l.Split(',')).ToList();
        foreach (var cells in lines.Skip(1))
            gold[Number(cells[0])] = Enumerable.Range(1, cells.Length - 1).Where(i => cells[i] == "1").Select(i => lines[0][i]).ToHashSet();
        return gold;
    }

    public static int Number(string id) => int.Parse(string.Concat(id.Where(char.IsDigit)));

    private static List<(SourceReport, SourceReport)> ReadAll()
    {
        var reports = new List<(SourceReport, SourceReport)>();
        if (!SharedData.TryFind("openi-reports/NLMCXR_reports.tgz", out var path))
            return reports;
        using var zip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null || !entry.Name.EndsWith(".xml", StringComparison.Ordinal))
                continue;
            using var bytes = new MemoryStream();
            entry.DataStream.CopyTo(bytes);
            bytes.Position = 0;
            var id = Path.GetFileNameWithoutExtension(entry.Name);
            var whole = SourceReport.ReadOpenI(id, bytes);
            bytes.Position = 0;
            var xml = XDocument.Load(bytes);
            xml.Descendants("MeSH").Remove();
            using var stripped = new MemoryStream();
            xml.Save(stripped);
            stripped.Position = 0;
            reports.Add((whole, SourceReport.ReadOpenI(id, stripped)));
        }

        return reports;
    }
}
