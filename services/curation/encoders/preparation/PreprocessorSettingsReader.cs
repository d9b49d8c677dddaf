using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Pillow;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Curation.Encoders.Preparation;

/// <summary>Reads <c>preprocessor_config.json</c> of transformers 4; what is not in it has the default of its class.</summary>
internal static class PreprocessorSettingsReader
{
    public const string FileName = "preprocessor_config.json";

    private const string TypeKey = "image_processor_type", OlderTypeKey = "feature_extractor_type";

    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be obeyed.</exception>
    public static PreprocessorSettings Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var file = JsonFileValue.Find(path) ?? throw new InvalidDataException($"{path}: is missing");
        var kind = PreprocessorClass.Find(Present(file, TypeKey) ?? Present(file, OlderTypeKey) ?? file.RequireMember(TypeKey));
        var resize = Flag(file, "do_resize", true) ? ReadSize(file, kind) : null;
        PictureSize? crop = null;
        if (kind.CropShare is { } share)
            (resize, crop) = CropByShare(resize, Present(file, "crop_pct") is { } own ? Number(own) : share);
        else if (kind.CropSide is { } side && Flag(file, "do_center_crop", true))
            crop = Present(file, "crop_size") is { } size ? ReadBothSides(size) : new PictureSize(side, side);
        return new PreprocessorSettings
        {
            ConvertsToRgb = file.Member("do_convert_rgb") is { } convert ? !convert.IsNull && convert.Flag : kind.ConvertsToRgb,
            Resize = resize,
            Filter = ReadFilter(file, kind),
            Crop = crop,
            RescaleFactor = Flag(file, "do_rescale", true) ? ReadFactor(file) : null,
            Normalization = Flag(file, "do_normalize", true) ? ReadNormalization(file, kind) : null,
        };
    }

    private static double ReadFactor(JsonFileValue file) => Present(file, "rescale_factor") is { } factor ? Number(factor) : 1 / 255.0;

    private static (float[] Mean, float[] Deviation) ReadNormalization(JsonFileValue file, PreprocessorClass kind) =>
        (ReadChannels(file, "image_mean", kind.Mean, _ => true), ReadChannels(file, "image_std", kind.Deviation, x => x > 0));

    private static ResizeRule ReadSize(JsonFileValue file, PreprocessorClass kind)
    {
        if (Present(file, "size") is not { } size)
            return kind.MakeRule(kind.Side);
        if (!size.IsObject)
            return kind.MakeRule(Side(size));
        if (Present(size, "longest_edge") is { } longest)
            throw longest.Fault("can't be obeyed; shortest_edge, or height and width can");
        if (Present(size, "shortest_edge") is not { } shortest)
            return new ResizeRule(null, ReadBothSides(size));
        return kind.TakesShorterSide ? new ResizeRule(Side(shortest), default)
            : throw shortest.Fault($"is not taken by a {kind.Name}; height and width are");
    }

    // ConvNext: below 384 the share of the shorter side that a crop keeps, from there on a square without crop.
    private static (ResizeRule?, PictureSize?) CropByShare(ResizeRule? resize, double share)
    {
        const int leastUncropped = 384;
        return resize?.ShorterSide switch
        {
            null => (resize, null),
            < leastUncropped and var side => (new ResizeRule((int)(side / share), default), new PictureSize(side, side)),
            { } side => (new ResizeRule(null, new PictureSize(side, side)), null),
        };
    }

    private static PictureSize ReadBothSides(JsonFileValue size)
    {
        if (!size.IsObject)
            return new PictureSize(Side(size), Side(size));
        return new PictureSize(Side(size.RequireMember("height")), Side(size.RequireMember("width")));
    }

    private static PillowFilter ReadFilter(JsonFileValue file, PreprocessorClass kind)
    {
        if (Present(file, "resample") is not { } member)
            return PillowFilter.All[kind.Resample];
        return PillowFilter.All.FirstOrDefault(filter => filter.Number == member.Id) ?? throw member.Fault(
            $"must be the number of a filter: {string.Join(", ", PillowFilter.All.Select(filter => $"{filter.Number} {filter.Name}"))}");
    }

    private static float[] ReadChannels(JsonFileValue file, string key, float[] usual, Predicate<float> isFit)
    {
        if (Present(file, key) is not { } list)
            return usual;
        float[] values = [.. list.Items.Select(item => (float)Number(item))];
        return values.Length == 3 && Array.TrueForAll(values, isFit)
            ? values : throw list.Fault("must hold a number for each of the three channels, and deviations above 0");
    }

    private static int Side(JsonFileValue value) => value.Id is > 0 and <= ImageCodec.MaxSide and var side
        ? side : throw value.Fault($"must be 1 to {ImageCodec.MaxSide} pixels");

    private static double Number(JsonFileValue value) => PythonJson.TryGetNumber(value.Element, out var number) && double.IsFinite(number)
        ? number : throw value.Fault("must be a number");

    private static bool Flag(JsonFileValue file, string key, bool usual) => Present(file, key)?.Flag ?? usual;

    private static JsonFileValue? Present(JsonFileValue file, string key) => file.Member(key) is { IsNull: false } member ? member : null;
}
