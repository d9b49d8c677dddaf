using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Report.LlamaSharp;

namespace SynCxr.Mesh.Report.Importing;

/// <summary>Makes a model folder of a GGUF file: loads it as the writer <c>llamasharp</c> will, and lets it write a few tokens.</summary>
public static class LlamaModelImporter
{
    private const string LicenceKey = "general.license", UnknownLicence = "other";
    private const int TrialContext = 512, TrialTokens = 8;

    /// <summary>True for a file that says by its first bytes that it is a GGUF file.</summary>
    public static bool IsGguf(string file)
    {
        if (!RegularFileProbe.IsRegular(file))
            return false; // a pipe would never give its first byte
        Span<byte> magic = stackalloc byte[4];
        using var bytes = File.OpenRead(file);
        return bytes.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
    }

    /// <summary>Imports a file.</summary>
    /// <param name="file">The GGUF file; it is not changed.</param>
    /// <param name="root">Folder of the models; the new one is made below it, under the model's name.</param>
    /// <exception cref="InvalidDataException">It can't be loaded, or has no chat template that llama.cpp knows.</exception>
    /// <exception cref="IOException">The name is in use, or a file can't be read or written.</exception>
    public static async Task<ImportedTextModel> ImportAsync(
        string file, string root, TextModelImportSettings settings, CancellationToken cancellation)
    {
        using var staged = new StagedFolder(root, settings.Name);
        var (bytes, linked) = staged.TakeOver(Path.GetDirectoryName(file)!, [Path.GetFileName(file)], cancellation);
        var taken = Path.Combine(staged.Path, LlamaModelFile.FileName);
        File.Move(Path.Combine(staged.Path, Path.GetFileName(file)), taken, overwrite: true);
        try
        {
            var named = await TryAsync(taken, cancellation);
            var card = new ModelCard
            {
                Kind = ModelKindNames.ReportWriter,
                Name = settings.Name,
                Version = settings.Version ?? ModelCard.UsualVersion,
                Licence = settings.Licence ?? named ?? ModelCard.LicenceNotStated,
            };
            ModelCardFile.Write(Path.Combine(staged.Path, ModelFolder.CardFile), card);
            var digest = ModelFolder.WriteSums(staged.Path);
            return new ImportedTextModel(staged.Commit(), card, digest, bytes, linked, []);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(error.Message.Replace(taken, file, StringComparison.Ordinal), error);
        }
    }

    /// <returns>The licence that the file names; null where it names none.</returns>
    private static async Task<string?> TryAsync(string file, CancellationToken cancellation)
    {
        var options = new LlamaSharpOptions { ModelPath = file, ContextSize = TrialContext, Concurrency = 1, MaxTokens = TrialTokens };
        await using var model = LlamaSharpModel.Load(options, "", NullLogger.Instance);
        var request = new ChatRequest([new ChatTurn("user", "Say that the lungs are clear.")], 1);
        await foreach (var _ in model.AnswerAsync(request, cancellation))
        {
            // that it writes is enough
        }

        return model.Metadata.TryGetValue(LicenceKey, out var licence) && licence is { Length: > 0 } and not UnknownLicence
            ? licence : null;
    }
}
