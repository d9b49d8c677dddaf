using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.Importing;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.LlamaSharp;

public sealed class LlamaModelImporterTests
{
    [GoldenFact("smollm2-135m")]
    public async Task Import_Gguf_IsAFolderThatTheSettingNames()
    {
        if (!GoldenFolder.TryFind(SmolLm.Folder, out var folder))
            return;
        using var root = new ScratchFolder();
        var file = folder.Resolve(SmolLm.File);

        var model = await LlamaModelImporter.ImportAsync(file, root.Path, new TextModelImportSettings { Name = "smol" },
            TestContext.Current.CancellationToken);

        Assert.Equal((ModelKindNames.ReportWriter, "smol", "apache-2.0"), (model.Card.Kind, model.Card.Name, model.Card.Licence));
        Assert.Equal(model.Digest, ModelFolder.Open(root["smol"]).Digest);
        Assert.Equal(root["smol/model.gguf"], LlamaModelFile.Resolve("smol", root.Path));
        Assert.Equal("smol", LlamaModelFile.NameOf(root["smol/model.gguf"]));
        Assert.Equal("other.gguf", LlamaModelFile.Resolve("other.gguf", root.Path));
    }

    /// <summary>What can't write leaves nothing behind.</summary>
    [Theory]
    [InlineData("GGUF and nothing more", "no GGUF file that llama.cpp can load")]
    [InlineData("GGUF", "no GGUF file that llama.cpp can load")]
    public async Task Import_NoModel_IsRefusedAndLeavesNothing(string bytes, string problem)
    {
        using var root = new ScratchFolder();
        using var source = new ScratchFolder();
        await File.WriteAllTextAsync(source["m.gguf"], bytes, TestContext.Current.CancellationToken);
        Assert.True(LlamaModelImporter.IsGguf(source["m.gguf"]));

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => LlamaModelImporter.ImportAsync(source["m.gguf"], root.Path,
            new TextModelImportSettings { Name = "m" }, TestContext.Current.CancellationToken));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(source["m.gguf"], error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Path));
    }
}
