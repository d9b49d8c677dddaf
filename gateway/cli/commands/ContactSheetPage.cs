using System.Net;
using System.Text;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>What a person looks at first: all images on one contact sheet, and a page that shows each image beside its report.</summary>
internal static class ContactSheetPage
{
    private const int Columns = 12;

    /// <summary>Writes <c>contact-sheet.png</c> and <c>pairs.html</c>, neither of which needs anything from outside.</summary>
    /// <param name="dataset">Folder of the sealed data set.</param>
    /// <param name="into">Folder that the two files go to.</param>
    /// <returns>The path of the page.</returns>
    public static async Task<string> WriteAsync(string dataset, string into, CancellationToken cancellation)
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
        var set = await SealedDataset.OpenAsync(dataset, cancellation);
        foreach (var (record, files, image) in Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard).OrderBy(p => p.Record.Index))
        {
            var name = FormattableString.Invariant($"{record.Index:000000}");
            images.Add(image);
            labels.Add(name);
            AppendPair(page, name, record, files.Png);
        }

        File.WriteAllBytes(Path.Combine(into, "contact-sheet.png"), ImageCodec.EncodePng(ContactSheet.Compose(images, Columns, labels)));
        var html = Path.Combine(into, "pairs.html");
        File.WriteAllText(html, page.ToString());
        return html;
    }

    private static void AppendPair(StringBuilder page, string name, PairRecord record, byte[] png) =>
        page.Append("<article><img alt=\"").Append(name).Append("\" src=\"data:image/png;base64,")
            .Append(Convert.ToBase64String(png)).Append("\"><div><h2>").Append(name)
            .Append("</h2><p><b>Findings</b> ").Append(WebUtility.HtmlEncode(record.Findings)).Append("</p><p><b>Impression</b> ")
            .Append(WebUtility.HtmlEncode(record.Impression)).Append("</p></div></article>\n");
}
