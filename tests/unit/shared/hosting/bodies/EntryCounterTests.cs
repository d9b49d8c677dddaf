using System.Text;
using Google.Protobuf;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Hosting.Bodies;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Bodies;

public sealed class EntryCounterTests
{
    [Fact]
    public void Protobuf_MessagesAndEntriesOfLists_Count()
    {
        var request = new CreateVocabularyRequest { Entities = { new Entity { Synonyms = { "a", "b" } }, new Entity() } };

        AssertCount(4, limit => ProtobufEntryCounter.IsOver(request.ToByteArray(), CreateVocabularyRequest.Descriptor, limit));
    }

    [Fact]
    public void Protobuf_SingleValuesAndFloats_CostNoMoreThanTheirBytes()
    {
        var request = new FindDuplicatesRequest { Candidates = { new IndexedEmbedding { Index = 7, Values = { new float[1000] } } } };

        // the candidate, and its list of floats
        AssertCount(2, limit => ProtobufEntryCounter.IsOver(request.ToByteArray(), FindDuplicatesRequest.Descriptor, limit));
    }

    [Fact]
    public void Protobuf_PackedIntegers_CountBySixteen()
    {
        var request = new FindDuplicatesRequest { Accepted = { new EmbeddingBlock { Indexes = { new long[1600] } } } };

        AssertCount(102, limit => ProtobufEntryCounter.IsOver(request.ToByteArray(), FindDuplicatesRequest.Descriptor, limit));
    }

    [Fact]
    public void Protobuf_UnknownFields_Count() =>
        AssertCount(3, limit => ProtobufEntryCounter.IsOver([0x98, 0x06, 1, 0x9A, 0x06, 1, 9, 0x9D, 0x06, 1, 2, 3, 4],
            CreateVocabularyRequest.Descriptor, limit));

    [Theory]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0x0D, 1 })]
    [InlineData(new byte[] { 0x0E, 1, 2 })]
    public void Protobuf_NoMessage_IsLeftToTheParser(byte[] bytes) =>
        Assert.False(ProtobufEntryCounter.IsOver(bytes, CreateVocabularyRequest.Descriptor, 1));

    [Theory]
    [InlineData("""{"a": [1, 2, {"b": "x,[{\",", "c": 1, "d": []}], "e": 1}""", 6)] // two objects, two lists, two commas
    [InlineData("[[[],[]],[]]", 7)]
    [InlineData("\"no end, [", 0)]
    [InlineData("}}]],,[", 1)]
    public void Json_ObjectsListsAndTheirEntries_Count(string json, int count)
    {
        if (count == 0)
            Assert.False(JsonEntryCounter.IsOver(Encoding.UTF8.GetBytes(json), 0));
        else
            AssertCount(count, limit => JsonEntryCounter.IsOver(Encoding.UTF8.GetBytes(json), limit));
    }

    private static void AssertCount(int count, Func<int, bool> isOver)
    {
        Assert.True(isOver(count - 1), $"must be over {count - 1}");
        Assert.False(isOver(count), $"must not be over {count}");
    }
}
