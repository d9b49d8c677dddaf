using Parquet;
using Parquet.Schema;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>Tables of other writers: what differs from the format is named by its column.</summary>
public sealed class ParquetTableReaderTests
{
    [Fact]
    public async Task ReadAsync_OptionalColumn_IsNamed() => Assert.Equal(
        "has column 'host' as OPTIONAL, where the format has it as REQUIRED",
        await ReadProblemAsync(f => f.Name == "host" ? new DataField("host", typeof(string), isNullable: true) : f));

    [Fact]
    public async Task ReadAsync_ColumnOfAnotherType_IsNamed() => Assert.Equal(
        "has column 'tries' of another type than the format has it",
        await ReadProblemAsync(f => f.Name == "tries" ? new DataField("tries", typeof(long), isNullable: false) : f));

    [Fact]
    public async Task ReadAsync_ColumnOfAnotherName_IsNamed() => Assert.Equal(
        "has column 'site' at position 3, where the format has 'host'",
        await ReadProblemAsync(f => f.Name == "host" ? new DataField("site", typeof(string), isNullable: false) : f));

    private static async Task<string> ReadProblemAsync(Func<DataField, DataField> change)
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["extra"]);
        await using (var file = File.Create(scratch[RunTableSchema.Instance.FileName]))
        {
            var fields = new ParquetSchema(RunTableSchema.Instance.Columns.Select(c => change(c.Field)));
            await using var writer = await ParquetWriter.CreateAsync(fields, file, cancellationToken: CancellationToken.None);
        }

        return (await Assert.ThrowsAsync<InvalidDataException>(
            () => ParquetTableReader.ReadAsync(scratch.Path, RunTableSchema.Instance, CancellationToken.None))).Message;
    }
}
