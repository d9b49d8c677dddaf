using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>
/// Says which entities the spans of a sentence are. A wording of the vocabulary counts where a span of its kind lies over it; the span says
/// whether the finding is there, whatever the cues of the sentence say. A wording that no span touches is not mentioned.
/// </summary>
/// <param name="types">Which type a type of the model's labels is; null for those that are left out.</param>
/// <param name="glossary">Entities beyond the shipped ones.</param>
/// <param name="reportsUnlinked">True where a span without a wording is a mention of something that no set holds.</param>
internal sealed class SpanLinker(
    IReadOnlyDictionary<string, EntityType?> types, IReadOnlyList<Entity> glossary, bool reportsUnlinked)
{
    /// <summary>The mentions of a sentence in text order.</summary>
    /// <param name="spans">Offsets count the text.</param>
    /// <param name="wordings">What the lexicon finds in the sentence, whatever its cues say.</param>
    public IEnumerable<Mention> Link(string text, IReadOnlyList<LabelledSpan> spans, IReadOnlyList<Mention> wordings, int sentence)
    {
        var typed = spans.Select(span => (Span: Trim(text, span), Type: types.GetValueOrDefault(TypeOf(span.Type))))
            .Where(entry => entry.Type is not null && HasLetter(text, entry.Span)).Select(entry => (entry.Span, Type: entry.Type!.Value))
            .ToList();
        var found = wordings.Select(wording => LinkWording(wording, typed)).OfType<Mention>().ToList();
        if (reportsUnlinked)
            found.AddRange(typed.Where(entry => !wordings.Any(wording => IsOfKind(wording, entry.Type) && Overlap(wording, entry.Span) > 0))
                .Select(entry => MakeUnlinked(text, entry.Span, entry.Type, sentence)));
        return found.OrderBy(mention => mention.Start);
    }

    private Mention? LinkWording(Mention wording, List<(LabelledSpan Span, EntityType Type)> spans)
    {
        var (span, type) = spans.Where(entry => IsOfKind(wording, entry.Type)).OrderByDescending(entry => Overlap(wording, entry.Span))
            .FirstOrDefault();
        if (span is null || Overlap(wording, span) == 0)
            return wording is { Type: EntityType.Anatomy, Implied: true } ? wording : null;
        if (wording.Type == EntityType.Anatomy)
            return wording;
        var isAbsent = type is EntityType.NonAbnormality or EntityType.NonDisease;
        var entity = glossary.Concat(EntityVocabulary.Shipped.Entities)
            .FirstOrDefault(known => known.IsFinding && known.Concept == wording.Concept && known.IsNegative == isAbsent);
        var isDisease = wording.Type is EntityType.Disease or EntityType.NonDisease;
        var usual = isDisease ? isAbsent ? EntityType.NonDisease : EntityType.Disease
            : isAbsent ? EntityType.NonAbnormality : EntityType.Abnormality;
        return wording with
        {
            EntityId = entity?.Id ?? IdOf(usual, wording.Concept),
            Type = entity?.Type ?? usual,
            Certainty = isAbsent ? Certainty.Absent : Certainty.Present,
            IsProbable = false,
        };
    }

    private static Mention MakeUnlinked(string text, LabelledSpan span, EntityType type, int sentence)
    {
        var wording = text[span.Start..span.End].ToLowerInvariant();
        var isAbsent = type is EntityType.NonAbnormality or EntityType.NonDisease;
        return new Mention(IdOf(type, wording), wording, type, isAbsent ? Certainty.Absent : Certainty.Present, span.Start,
            span.End - span.Start, sentence, Implied: false);
    }

    private static string IdOf(EntityType type, string concept) =>
        $"{System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(type.ToString())}/{concept}";

    private static bool IsOfKind(Mention wording, EntityType type) => (wording.Type == EntityType.Anatomy) == (type == EntityType.Anatomy);

    private static int Overlap(Mention wording, LabelledSpan span) =>
        Math.Max(0, Math.Min(wording.Start + wording.Length, span.End) - Math.Max(wording.Start, span.Start));

    // Labels without joining still carry their mark.
    private static string TypeOf(string type) => type.Length > 2 && type[..2] is "B-" or "I-" ? type[2..] : type;

    private static LabelledSpan Trim(string text, LabelledSpan span)
    {
        var (start, end) = (span.Start, span.End);
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return span with { Start = start, End = end };
    }

    private static bool HasLetter(string text, LabelledSpan span) => text[span.Start..span.End].Any(char.IsLetter);
}
