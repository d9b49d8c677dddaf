using System.Collections.Frozen;
using SynCxr.Mesh.Curation.Judging.LlamaSharp;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>The judges that ask a chat model, as requests and specs name them.</summary>
internal static class ChatJudgeNames
{
    /// <summary>A model behind a server with OpenAI's chat completions.</summary>
    public const string OpenAi = "openai";

    /// <summary>A GGUF model with its projector in this process.</summary>
    public const string LlamaSharp = "llamasharp";

    /// <summary>What makes each from the settings of this replica; null where they don't set it up.</summary>
    public static FrozenDictionary<string, Func<IServiceProvider, ChatJudge?>> ByName { get; } =
        new Dictionary<string, Func<IServiceProvider, ChatJudge?>>
        {
            [OpenAi] = OpenAiJudgeFactory.Create,
            [LlamaSharp] = LlamaJudgeFactory.Create,
        }.ToFrozenDictionary(StringComparer.Ordinal);
}
