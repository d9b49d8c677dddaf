using System.Globalization;
using Parquet;
using Parquet.Schema;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Hub;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SynCxr.Mesh.Shared.Tests.Dataset.Hub;

/// <summary>A sealed data set as Parquet with its images in it.</summary>
public sealed class HubFolderWriterTests
{
    [Fact]
    public async Task WriteAsync_SealedSet_ImagesAndRowsAreThoseOfItsPairs()
    {
        using var scratch = new ScratchFolder();
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);

        await HubFolderWriter.WriteAsync(set, scratch["hub"], (_, _) => { }, CancellationToken.None);

        await using var file = File.OpenRead(scratch["hub/pairs/train-00000-of-00001.parquet"]);
        await using var reader = await ParquetReader.CreateAsync(file, cancellationToken: CancellationToken.None);
        using var group = reader.OpenRowGroupReader(0);
        var fields = reader.Schema.GetDataFields();
        Assert.Equal(["image/bytes", "image/path", "index"], fields.Take(3).Select(f => f.Path.ToString()));
        var names = new string?[4];
        await group.ReadAsync(fields[1], new Memory<string?>(names), cancellationToken: CancellationToken.None);
        Assert.Equal(set.Pairs.Select(p => p.FileName), names);
        var bytes = new ReadOnlyMemory<byte>?[4];
        await group.ReadAsync<ReadOnlyMemory<byte>>(fields[0], bytes.AsMemory(), cancellationToken: CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard).Select(p => Convert.ToHexString(p.Files.Png)),
            bytes.Select(b => Convert.ToHexString(b!.Value.Span)));
    }

    [Fact]
    public async Task WriteAsync_Card_DeclaresThreeConfigurationsWhoseFilesExist()
    {
        using var scratch = new ScratchFolder();
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);

        await HubFolderWriter.WriteAsync(set, scratch["hub"], (_, _) => { }, CancellationToken.None);

        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(scratch["hub/README.md"]).Split("---\n")[1]));
        var head = (YamlMappingNode)yaml.Documents[0].RootNode;
        Assert.Equal(["pairs", "rejects", "run"], ((YamlSequenceNode)head["configs"]).Select(c => (string?)c["config_name"]));
        Assert.All((YamlSequenceNode)head["configs"], c => Assert.All((YamlSequenceNode)c["data_files"], f => Assert.NotEmpty(
            Directory.GetFiles(scratch["hub"], ((string?)f["path"])!))));
        foreach (var info in (YamlSequenceNode)head["dataset_info"])
        {
            var config = (string?)info["config_name"];
            await using var reader = await ParquetReader.CreateAsync(
                Directory.GetFiles(scratch[$"hub/{config}"]).Single(), cancellationToken: CancellationToken.None);
            Assert.Equal(reader.Schema.Fields.Select(f => f.Name), ((YamlSequenceNode)info["features"]).Select(f => (string?)f["name"]));
            Assert.Equal(reader.Metadata!.NumRows.ToString(CultureInfo.InvariantCulture), (string?)info["splits"][0]["num_examples"]);
        }
    }
}
