using System.CommandLine;
using SynCxr.Mesh.Cli.Commands.Model;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli.Commands.Bank;

/// <summary><c>bank build | thresholds</c>: banks of known-bad images, which generated images are held against.</summary>
internal static class BankCommand
{
    private const int MaxListed = 20, MaxNameLength = 64;

    public static Command Build() => new("bank", "Make a bank of known-bad images, and choose from which likeness on it rejects.")
    {
        BankBuildCommand.Build(),
        BankThresholdsCommand.Build(),
    };

    /// <exception cref="MeshException">INVALID_FIELD: the mesh is another process.</exception>
    internal static void RefuseMesh(ParseResult parsed)
    {
        if (parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            throw MeshException.Invalid("--mesh", $"A bank can't be given to the mesh at {address} from here. Run this command where its "
                + "curation service runs, and set Curation:BankRoot on each curation replica to `banks/local` of the state folder.");
        }
    }

    /// <exception cref="MeshException">INVALID_FIELD: the name can't be that of a bank.</exception>
    internal static string ValidateName(string name) => name.Length is > 0 and <= MaxNameLength && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') ? name
        : throw MeshException.Invalid("name",
            $"'{EchoedText.Shorten(name)}' must be 1 to {MaxNameLength} letters, digits, '-', '.' or '_', and not begin with '.'.");

    /// <summary>Has the features of a folder computed, with a progress bar.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no image of it can be read.</exception>
    internal static async Task<ImageFolderEmbedder> EmbedAsync(Curation.V1.CurationService.CurationServiceClient client, string folder,
        string option, string encoder, CancellationToken cancellation)
    {
        var images = ImageFolderEmbedder.ListImages(folder, option);
        var embedder = new ImageFolderEmbedder(client, folder, encoder);
        using var progress = ProgressBar.Start($"features of {Path.GetFileName(folder)}");
        await embedder.EmbedAsync(images, done => progress.ShowCount(done, images.Count, "images"), cancellation);
        return embedder.Rows > 0 ? embedder
            : throw MeshException.Invalid(option, $"None of the {images.Count} images can be read; the first: {embedder.Unreadable[0]}");
    }

    internal static void PrintUnreadable(bool json, ImageFolderEmbedder embedder)
    {
        foreach (var problem in embedder.Unreadable.Take(MaxListed))
            ConsoleWriter.WriteLine(json, $"left out, unreadable: {problem}");
        if (embedder.Unreadable.Count > MaxListed)
            ConsoleWriter.WriteLine(json, $"and {embedder.Unreadable.Count - MaxListed} more that can't be read");
    }
}
