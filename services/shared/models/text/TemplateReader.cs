using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>Reads the <c>post_processor</c> of <c>tokenizer.json</c>: what stands around the pieces.</summary>
internal static class TemplateReader
{
    /// <exception cref="InvalidDataException">Names the key that is wrong.</exception>
    public static RowTemplate Read(JsonFileValue? processor, Dictionary<string, int> vocabulary)
    {
        if (processor is not { IsNull: false } step)
            return new RowTemplate([new(null, false, 0)], [new(null, false, 0), new(null, true, 0)]);
        switch (step.RequireMember("type").Text)
        {
            case "BertProcessing":
                return RowTemplate.Bert(ReadMark(step.RequireMember("cls")), ReadMark(step.RequireMember("sep")));
            case "TemplateProcessing":
                var special = step.RequireMember("special_tokens").Members;
                return new RowTemplate([.. ReadParts(step.RequireMember("single"), special)],
                    [.. ReadParts(step.RequireMember("pair"), special)]);
            default:
                throw step.Fault("is a post-processor that can't be run; TemplateProcessing and BertProcessing can");
        }

        int ReadMark(JsonFileValue mark) => mark.Items.ToList() is [var token, var id]
            && vocabulary.GetValueOrDefault(token.Text, -1) == id.Id ? id.Id : throw mark.Fault("must be a token and its id");
    }

    private static IEnumerable<TemplatePart> ReadParts(JsonFileValue parts, IReadOnlyDictionary<string, JsonFileValue> special)
    {
        foreach (var part in parts.Items)
        {
            if (part.Member("Sequence") is { } sequence)
            {
                var id = sequence.RequireMember("id");
                if (id.Text is not ("A" or "B"))
                    throw id.Fault("must be A or B");
                yield return new TemplatePart(null, id.Text == "B", sequence.RequireMember("type_id").Id);
                continue;
            }
            var token = part.RequireMember("SpecialToken");
            var name = token.RequireMember("id");
            if (!special.TryGetValue(name.Text, out var entry))
                throw name.Fault("must be a key of special_tokens");
            foreach (var id in entry.RequireMember("ids").Items)
                yield return new TemplatePart(id.Id, false, token.RequireMember("type_id").Id);
        }
    }
}
