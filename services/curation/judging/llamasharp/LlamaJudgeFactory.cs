using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Digests;

namespace SynCxr.Mesh.Curation.Judging.LlamaSharp;

/// <summary>Makes the judge <c>llamasharp</c>.</summary>
internal static class LlamaJudgeFactory
{
    /// <summary>The judge that the settings describe; null where they name no model.</summary>
    /// <exception cref="InvalidDataException">Model or projector can't be loaded.</exception>
    public static ChatJudge? Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<LlamaJudgeOptions>>().Value;
        if (options.ModelPath.Length == 0)
            return null;
        var digests = string.Join(' ', new[] { options.ModelPath, options.ProjectorPath }
            .Select(file => Sha256Digest.HexOfFile(CurationOptions.ResolvePath(file))));
        return new ChatJudge(ChatJudgeNames.LlamaSharp,
            LlamaVisionModel.Load(options, digests, services.GetRequiredService<ILogger<LlamaVisionModel>>()), options.OneRequest);
    }
}
