using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>An annotation of a COCO file.</summary>
/// <param name="Category">Name of its category, in lower case.</param>
/// <param name="Box">In shares of the image's sides, as the file states them.</param>
/// <param name="Text">Its <c>label_text</c>; null where it has none.</param>
internal sealed record CocoAnnotation(string Category, StudyBox Box, string? Text);

/// <summary>An image of a COCO file.</summary>
/// <param name="Name">Its path, or else its file name.</param>
/// <param name="Place">Where it stands, for messages.</param>
/// <param name="Annotations">In the order of the file.</param>
internal sealed record CocoImage(string Name, string Place, IReadOnlyList<CocoAnnotation> Annotations);

/// <summary>
/// Reads COCO's form of annotations (Lin et al. 2014): boxes are x, y, width and height in pixels of the size that the file states for
/// their image, whatever size the image has now.
/// </summary>
internal static class CocoFile
{
    /// <exception cref="MeshException">INVALID_FIELD: no such file, a part that is missing or of a wrong kind, or an annotation of an image
    /// or category that the file has not.</exception>
    public static IReadOnlyList<CocoImage> Read(string path, DataBoundary boundary, string field)
    {
        using var json = JsonFile.Open(path, boundary, field);
        var categories = Index(json, "categories").ToDictionary(c => c.Key, c => LabelNormaliser.Normalise(json.Text(c.Value, "name")),
            StringComparer.Ordinal);
        var images = Index(json, "images");
        var annotations = new Dictionary<string, List<CocoAnnotation>>(StringComparer.Ordinal);
        foreach (var item in json.Items(json.Root, "annotations"))
        {
            var key = json.Key(item, "image_id");
            if (!images.TryGetValue(key, out var image))
                throw json.Refuse(item, "has an 'image_id' that no image of the file has");
            if (!categories.TryGetValue(json.Key(item, "category_id"), out var category))
                throw json.Refuse(item, "has a 'category_id' that no category of the file has");
            var box = PixelBoxParser.FromSides(category, json.Numbers(json.Get(item, "bbox")), Size(json, image), json.Describe(item),
                field);
            var text = JsonFile.Has(item, "label_text") ? json.Text(item, "label_text") : null;
            if (!annotations.TryGetValue(key, out var list))
                annotations[key] = list = [];
            list.Add(new CocoAnnotation(category, box with { Phrase = text }, text));
        }

        return [.. images.Select(i => new CocoImage(json.Text(i.Value, JsonFile.Has(i.Value, "path") ? "path" : "file_name"),
            json.Describe(i.Value), annotations.GetValueOrDefault(i.Key, [])))];
    }

    private static Dictionary<string, JsonItem> Index(JsonFile json, string list)
    {
        var items = new Dictionary<string, JsonItem>(StringComparer.Ordinal);
        foreach (var item in json.Items(json.Root, list))
        {
            if (!items.TryAdd(json.Key(item, "id"), item))
                throw json.Refuse(item, "has the 'id' of another one");
        }

        return items;
    }

    private static (double Width, double Height) Size(JsonFile json, JsonItem image)
    {
        var size = (Width: json.Number(image, "width"), Height: json.Number(image, "height"));
        return size is { Width: > 0, Height: > 0 } ? size : throw json.Refuse(image, "must have a 'width' and a 'height' above 0");
    }
}
