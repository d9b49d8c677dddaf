using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Json;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Json;

/// <summary>Kinds of fields that few requests have.</summary>
public sealed class JsonMessageNormalizerTests
{
    [Theory]
    [InlineData("""{"rejected":{"a":"1","b":2.0},"elapsed":"1.50s"}""", """{"rejected":{"a":"1","b":"2"},"elapsed":"1.500s"}""")]
    [InlineData("""{"times":[{"stage":2,"duration":null}]}""", """{"times":[{"stage":"WORK_STAGE_IMAGE"}]}""")]
    public void WriteMessage_MapsDurationsAndLists_HaveOneForm(string given, string wanted) =>
        Assert.Equal(wanted, Normalize(given, DatasetCounts.Descriptor));

    [Theory]
    [InlineData("""{"rejected":{"a":"x"}}""", "rejected[a]")]
    [InlineData("""{"rejected":{"a":1,"a":2}}""", "rejected[a]")]
    [InlineData("""{"rejected":[]}""", "rejected")]
    [InlineData("""{"elapsed":"soon"}""", "elapsed")]
    [InlineData("""{"elapsed":5}""", "elapsed")]
    [InlineData("""{"elapsed":{"seconds":5}}""", "elapsed")]
    public void WriteMessage_WrongMapOrDuration_NamesIt(string given, string field) =>
        Assert.Equal(field, AssertRefused(given, DatasetCounts.Descriptor));

    [Theory]
    [InlineData("_-8=")]
    [InlineData("/+8=")]
    [InlineData("_-8")]
    public void WriteMessage_Base64_OfBothAlphabetsIsRead(string text) =>
        Assert.Equal("""{"data":"/+8="}""", Unescape(Normalize($$"""{"data":"{{text}}"}""", ReadDatasetFileResponse.Descriptor)));

    [Theory]
    [InlineData("\"5\"", "5")]
    [InlineData("5.0", "5")]
    public void WriteMessage_Wrapper_IsItsValue(string given, string wanted) =>
        Assert.Equal(wanted, Normalize(given, Int32Value.Descriptor));

    [Theory]
    [InlineData("\"-Infinity\"")]
    [InlineData("\"NaN\"")]
    public void WriteMessage_NumberThatJsonLacks_StaysAName(string text) =>
        Assert.Equal(text, Normalize(text, DoubleValue.Descriptor));

    [Fact]
    public void WriteMessage_TwoOfAChoice_NamesBoth()
    {
        var choice = EvaluationSpec.Descriptor.Oneofs.Single().Fields;

        var refusal = Assert.Throws<MeshException>(
            () => Normalize($$"""{"{{choice[0].JsonName}}":{},"{{choice[1].Name}}":{} }""", EvaluationSpec.Descriptor));

        Assert.Equal(choice[1].Name, refusal.Fields.Single().Field);
        Assert.Contains(choice[0].JsonName, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteMessage_WhatProtobufWrites_IsUnchanged()
    {
        var progress = new Progress { Done = 3, Total = 9007199254740993 };

        Assert.Equal(progress, JsonParser.Default.Parse<Progress>(Normalize(JsonFormatter.Default.Format(progress), Progress.Descriptor)));
    }

    private static string AssertRefused(string given, MessageDescriptor type) =>
        Assert.Throws<MeshException>(() => Normalize(given, type)).Fields.Single().Field;

    private static string Unescape(string json) => json.Replace("\\u002B", "+", StringComparison.Ordinal);

    private static string Normalize(string given, MessageDescriptor type)
    {
        using var json = JsonDocument.Parse(given);
        using var written = new MemoryStream();
        using (var writer = new Utf8JsonWriter(written))
            new JsonMessageNormalizer(writer).WriteMessage(json.RootElement, type, "");
        return Encoding.UTF8.GetString(written.ToArray());
    }
}
