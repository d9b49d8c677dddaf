using System.Formats.Tar;
using System.Net;
using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>What a person looks at first: all images on one contact sheet, and a page that shows each image beside its report.</summary>
internal static class ContactSheetPage
{
    private const int Columns = 12;

    /// <summary>Writes <c>contact-sheet.png</c> and <c>pairs.html</c>, neither of which needs anything from outside.</summary>
    /// <param name="dataset">Folder of the sealed data set.</param>
    /// <param name="into">Folder that the two files go to.</param>
    /// <returns>The path of the page.</returns>
    public static string Write(string dataset, string into)
    {
        var images = new List<GrayImage>();
        var labels = new List<string>();
        var page = new StringBuilder("""
            <!doctype html><meta charset="utf-8"><title>Pairs</title>
            <style>body{font:15px/1.4 system-ui;margin:2em;background:#111;color:#ddd}
            article{display:flex;gap:1em;margin:0 0 1em;max-width:60em}
            img{width:160px;height:160px;image-rendering:auto;flex:none}h2{font-size:1em;margin:0}p{margin:.2em 0}</style>
            <h1>Synthetic pairs: no image shows a real person</h1>

            """);
        foreach (var shard in Directory.EnumerateFiles(Path.Combine(dataset, "data"), "*.tar").Order(StringComparer.Ordinal))
        {
            foreach (var (name, files) in ReadPairs(shard))
            {
                images.Add(ImageCodec.DecodeGray(files[".png"], name));
                labels.Add(name);
                AppendPair(page, name, files);
            }
        }

        File.WriteAllBytes(Path.Combine(into, "contact-sheet.png"), ImageCodec.EncodePng(ContactSheet.Compose(images, Columns, labels)));
        var html = Path.Combine(into, "pairs.html");
        File.WriteAllText(html, page.ToString());
        return html;
    }

    private static void AppendPair(StringBuilder page, string name, Dictionary<string, byte[]> files)
    {
        using var json = JsonDocument.Parse(files[".json"]);
        var report = json.RootElement.GetProperty("report");
        var findings = report.GetProperty("findings").GetString();
        var impression = report.GetProperty("impression").GetString();
        page.Append("<article><img alt=\"").Append(name).Append("\" src=\"data:image/png;base64,")
            .Append(Convert.ToBase64String(files[".png"])).Append("\"><div><h2>").Append(name)
            .Append("</h2><p><b>Findings</b> ").Append(WebUtility.HtmlEncode(findings)).Append("</p><p><b>Impression</b> ")
            .Append(WebUtility.HtmlEncode(impression)).Append("</p></div></article>\n");
    }

    private static IEnumerable<(string Name, Dictionary<string, byte[]> Files)> ReadPairs(string shard)
    {
        using var tar = new TarReader(File.OpenRead(shard));
        var (current, files) = ("", new Dictionary<string, byte[]>());
        while (tar.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileNameWithoutExtension(entry.Name);
            if (name != current && files.Count > 0)
                yield return (current, files);
            if (name != current)
                (current, files) = (name, []);
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            files[Path.GetExtension(entry.Name)] = bytes.ToArray();
        }

        if (files.Count > 0)
            yield return (current, files);
    }
}
