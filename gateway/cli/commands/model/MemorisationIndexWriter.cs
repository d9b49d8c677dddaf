using System.Text.Json;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>Writes an index of training images: <c>index.f16</c> and <c>index.json</c>, with the keys of a trained generator's.</summary>
internal static class MemorisationIndexWriter
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Writes an index; one of the same generator and judge is replaced, and no reader sees a part of either.</summary>
    /// <param name="root">Folder of the indexes.</param>
    /// <returns>The folder of the index.</returns>
    public static string Write(string root, string generator, ImageFolderEmbedder embedder)
    {
        var judge = embedder.Judge!;
        var target = Path.Combine(root, generator, judge.Digest);
        var (part, old) = (Path.Combine(root, generator, $".{judge.Digest}.part"), Path.Combine(root, generator, $".{judge.Digest}.old"));
        foreach (var left in new[] { part, old }.Where(Directory.Exists))
            Directory.Delete(left, recursive: true); // of a command that was killed
        Directory.CreateDirectory(part);
        var values = embedder.Values;
        new HalfMatrix(embedder.Rows, values.Length / embedder.Rows, values).Write(Path.Combine(part, "index.f16"));
        var head = new Dictionary<string, object>
        {
            ["judge"] = judge.Model,
            ["judge_digest"] = judge.Digest,
            ["generator"] = generator,
            ["images_sha256"] = embedder.ImagesDigest,
            ["rows"] = embedder.Rows,
            ["dim"] = values.Length / embedder.Rows,
            ["ids"] = embedder.Ids,
        };
        File.WriteAllText(Path.Combine(part, "index.json"), JsonSerializer.Serialize(head, _json) + "\n");
        if (Directory.Exists(target))
            Directory.Move(target, old);
        Directory.Move(part, target);
        if (Directory.Exists(old))
            Directory.Delete(old, recursive: true);
        return target;
    }
}
