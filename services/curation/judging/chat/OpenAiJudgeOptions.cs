using Microsoft.Extensions.Options;
using SynCxr.Mesh.Chat.OpenAi;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>Settings of the judge <c>openai</c>. Section <c>Curation:OpenAi</c>.</summary>
public sealed class OpenAiJudgeOptions : OpenAiOptions
{
    public const string Section = "Curation:OpenAi";

    public OpenAiJudgeOptions() => (Temperature, MaxTokens) = (0, 128);

    public override string Place => Section;

    /// <summary>
    /// True to ask all six questions in one request, which is cheaper; false to ask each in one of its own, as the paper does. Default
    /// false.
    /// </summary>
    public bool OneRequest { get; set; }
}

[OptionsValidator]
internal sealed partial class OpenAiJudgeOptionsValidator : IValidateOptions<OpenAiJudgeOptions>;

/// <summary>Refuses settings that are there in part, or not at all although the judge is the default.</summary>
internal sealed class OpenAiJudgeOptionsRules(IConfiguration configuration) : IValidateOptions<OpenAiJudgeOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenAiJudgeOptions options)
    {
        var problems = options.FindProblems(
            configuration[$"{CurationOptions.Section}:{nameof(CurationOptions.Judge)}"] == ChatJudgeNames.OpenAi);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
