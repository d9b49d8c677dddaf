using Microsoft.Extensions.Options;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>Makes the writer <c>llamasharp</c>.</summary>
internal static class LlamaSharpWriterFactory
{
    /// <summary>The writer that the settings describe; null where they name no model.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the model can't be loaded.</exception>
    public static IReportWriter? Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<LlamaSharpOptions>>().Value;
        if (options.ModelPath.Length == 0)
            return null;
        options.ModelPath = LlamaModelFile.Resolve(options.ModelPath, services.GetRequiredService<IOptions<TextModelOptions>>().Value.Root);
        try
        {
            return new ChatWriter(ReportWriterNames.LlamaSharp,
                LlamaSharpModel.Load(options, Sha256Digest.HexOfFile(options.ModelPath),
                    services.GetRequiredService<ILogger<LlamaSharpModel>>()));
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"{LlamaSharpOptions.Section}:{nameof(LlamaSharpOptions.ModelPath)}", error.Message);
        }
    }
}
