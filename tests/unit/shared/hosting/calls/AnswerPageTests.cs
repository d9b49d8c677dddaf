using Google.Protobuf;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

/// <summary>No answer is larger than what stock clients take.</summary>
public sealed class AnswerPageTests(RefusalServer server) : IClassFixture<RefusalServer>
{
    [Theory]
    [InlineData(10, 1_000, 100, 10)]
    [InlineData(10, 1_000, 4, 4)]
    [InlineData(10, 1_000_000, 100, 3)]
    [InlineData(10, 5_000_000, 100, 1)]
    [InlineData(0, 0, 100, 0)]
    public void CountFitting_Items_EndsByBytesAndByCount(int items, int bytes, int most, int expected)
    {
        var texts = Enumerable.Range(0, items).Select(_ => new DatasetFile { Path = new string('x', bytes) }).ToList();

        Assert.Equal(expected, AnswerPage.CountFitting(texts, most));
    }

    [Fact]
    public void ThrowIfTooLarge_LargeSpec_NamesFieldAndLimit()
    {
        AnswerPage.ThrowIfTooLarge(new DatasetSpec { Title = new string('x', 1_000_000) }, "spec");

        var refusal = Assert.Throws<MeshException>(
            () => AnswerPage.ThrowIfTooLarge(new DatasetSpec { Title = new string('x', 1_100_000) }, "spec"));

        Assert.Equal("spec", Assert.Single(refusal.Fields).Field);
        Assert.Contains("1,048,576", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_LargerThanAStockClientTakes_IsRefusedWithTheLimit()
    {
        var status = await server.PostGrpcAsync("/syncxr.dataset.v1.DatasetService/GetDataset",
            RawCallClient.Frame(new GetDatasetRequest { Name = "datasets/large" }.ToByteArray()));

        RawCallClient.AssertReason("MESSAGE_TOO_LARGE", status);
        Assert.Contains("4,194,304", status.Message, StringComparison.Ordinal);
    }
}
