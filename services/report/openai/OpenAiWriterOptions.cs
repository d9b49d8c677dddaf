using Microsoft.Extensions.Options;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.OpenAi;

/// <summary>Settings of the writer <c>openai</c>. Section <c>Report:OpenAi</c>.</summary>
public sealed class OpenAiWriterOptions : OpenAiOptions
{
    public const string Section = "Report:OpenAi";

    public OpenAiWriterOptions() => (Temperature, MaxTokens) = (0.7, 400);

    public override string Place => Section;
}

[OptionsValidator]
internal sealed partial class OpenAiWriterOptionsValidator : IValidateOptions<OpenAiWriterOptions>;

/// <summary>Refuses settings that are there in part, or not at all although the writer is the default.</summary>
internal sealed class OpenAiWriterOptionsRules(IConfiguration configuration) : IValidateOptions<OpenAiWriterOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenAiWriterOptions options)
    {
        var problems = options.FindProblems(
            configuration[$"{ReportOptions.Section}:{nameof(ReportOptions.Writer)}"] == ReportWriterNames.OpenAi);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
