using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>shenzhen-montgomery</c>: the two tuberculosis sets of the National Library of Medicine (Jaeger et al. 2014). The last figure of a
/// stem is the label; lung masks are <c>mask/STEM_mask.png</c> of Shenzhen, and a left and a right one of Montgomery, whose union they
/// are. Sex and age are in the clinical texts.
/// </summary>
internal sealed partial class ShenzhenMontgomeryLayout : IDataLayout
{
    public string Name => DataLayoutNames.ShenzhenMontgomery;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var left = new LeftOutCounter("images");
        var (masks, texts) = (FindMasks(files), FindTexts(files));
        var studies = new List<Study>();
        var (halves, used) = (0, 0);
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = files.RelativePath(file);
            if (IsMask(id))
                continue;
            if (StemForm().Match(ImageFiles.Stem(file)) is not { Success: true } stem)
            {
                left.Add("have no name of the two sets", id);
                continue;
            }

            string[] parts = [.. masks[ImageFiles.Stem(file)]];
            var isMontgomery = stem.Groups["set"].Value == "MCUCXR";
            halves += isMontgomery && parts.Length == 1 ? 1 : 0;
            used += parts.Length;
            studies.Add(new Study
            {
                Id = id,
                Source = isMontgomery ? "montgomery" : "shenzhen",
                Patient = $"{(isMontgomery ? "montgomery" : "shenzhen")}/{stem.Groups["number"].Value}",
                Labels = stem.Groups["label"].Value == "1" ? ["tuberculosis"] : [],
                Negative = stem.Groups["label"].Value == "1" ? [] : ["tuberculosis"],
                IsNormal = stem.Groups["label"].Value == "0",
                MaskFiles = isMontgomery && parts.Length == 1 ? [] : parts,
                Facts = texts.TryGetValue(ImageFiles.Stem(file), out var text)
                    ? ReadFacts(TextFile.Read(text, source.Boundary, $"{field}.name")) : [],
                ImageFile = file,
            });
        }

        var all = files.Images.Where(f => !IsMask(files.RelativePath(f))).ToHashSet(StringComparer.Ordinal);
        var set = files.Complete(studies, left.Count(all.Count), files.Images.ToHashSet(StringComparer.Ordinal), "the set", field);
        var bare = set.Studies.Count(s => s.MaskFiles.Count == 0);
        var strays = masks.Sum(m => m.Count()) - used;
        string[] notes = [
            .. bare == 0 || bare == studies.Count ? Array.Empty<string>() : [$"{bare} of {studies.Count} images have no mask."],
            .. halves == 0 ? Array.Empty<string>() : [$"{halves} images have one of the two lungs' masks, which was not used."],
            .. strays == 0 ? Array.Empty<string>() : [$"{strays} masks are of no image in the folder."],
        ];
        return set with { Notes = [.. set.Notes, .. notes] };
    }

    private static bool IsMask(string id) =>
        id.Split('/')[..^1].Any(p => p is "leftMask" or "rightMask") || ImageFiles.Stem(id).EndsWith("_mask", StringComparison.Ordinal);

    /// <summary>The masks by the stem of their image, left before right.</summary>
    private static ILookup<string, string> FindMasks(SourceFiles files) => files.Images.Where(f => IsMask(files.RelativePath(f)))
        .ToLookup(f => ImageFiles.Stem(f) is var stem && stem.EndsWith("_mask", StringComparison.Ordinal) ? stem[..^5] : stem,
            StringComparer.Ordinal);

    private static Dictionary<string, string> FindTexts(SourceFiles files) => files.Others
        .Where(f => f.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)).GroupBy(f => Path.GetFileNameWithoutExtension(f))
        .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

    /// <summary>From the first two lines that hold something.</summary>
    private static Dictionary<string, string> ReadFacts(string text)
    {
        var head = string.Join('\n', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(2));
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Sex().Match(head) is { Success: true } sex)
            facts["sex"] = sex.Value[..1].ToUpperInvariant();
        if (Age().Match(head) is { Success: true } age)
            facts["age"] = age.Groups["years"].Value.TrimStart('0') is { Length: > 0 } years ? years : "0";
        return facts;
    }

    [GeneratedRegex(@"\A(?<set>CHNCXR|MCUCXR)_(?<number>\d+)_(?<label>[01])\z")]
    private static partial Regex StemForm();

    [GeneratedRegex(@"\b(female|male|[FM])\b", RegexOptions.IgnoreCase)]
    private static partial Regex Sex();

    [GeneratedRegex(@"\b(?<years>\d{1,3})\s*(years?|yrs?|yo|y)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Age();
}
