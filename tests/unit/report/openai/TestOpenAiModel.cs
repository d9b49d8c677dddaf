using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.OpenAi;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

/// <summary>A model behind an endpoint, without a host.</summary>
internal static class TestOpenAiModel
{
    public static OpenAiModel Create(OpenAiWriterOptions options) => new(options,
        new AdaptiveConcurrencyLimiter(options.Concurrency, TimeProvider.System), _ => { },
        TimeProvider.System, NullLogger<OpenAiModel>.Instance);
}
