namespace SynCxr.Mesh.Chat;

/// <summary>Why a text can't be used, whatever it says.</summary>
/// <param name="Name">One of <see cref="AnswerFaultNames"/>.</param>
/// <param name="Problem">What is wrong, as the end of a sentence about the text: "holds the heading 'FINDINGS:'".</param>
public sealed record AnswerFault(string Name, string Problem);

/// <summary>The kinds of faults that an answer is refused with before anybody looks at what it says.</summary>
public static class AnswerFaultNames
{
    /// <summary>
    /// The text has not the form that was asked for. A section of a report is prose: no list, heading, preamble or half sentence.
    /// </summary>
    public const string Form = "form";

    /// <summary>It holds what a generator reads as a special token.</summary>
    public const string SpecialToken = "special_token";

    /// <summary>It was cut at the limit of tokens, or at the end of the context.</summary>
    public const string Length = "length";

    /// <summary>There is no text, once the model's thoughts are taken away.</summary>
    public const string Empty = "empty";

    /// <summary>The model wanted to call a tool.</summary>
    public const string ToolCalls = "tool_calls";

    /// <summary>The provider cut the answer by its policy.</summary>
    public const string ContentFilter = "content_filter";

    /// <summary>The provider refused the conversation by its policy.</summary>
    public const string ContentPolicy = "content_policy";

    /// <summary>The conversation leaves no room in the model's context.</summary>
    public const string Context = "context";
}
