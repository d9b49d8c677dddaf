using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Onnx.Text;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Onnx.Text;

/// <summary>Graphs as exporters differ: two or three inputs, int32, another name of the output, one length only.</summary>
public sealed class TextGraphTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly TextRow _row = new([5, 6, 7], [0, 0, 1], [1, 1, 1], new TextToken?[3]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OnnxElementType.Int64, "logits", "input_ids")]
    [InlineData(OnnxElementType.Int32, "logits", "input_ids", "attention_mask")]
    [InlineData(OnnxElementType.Int32, "output_0", "input_ids", "attention_mask", "token_type_ids")]
    public void Run_InputsOfEachForm_AreFed(OnnxElementType type, string output, params string[] inputs)
    {
        using var graph = Load(type, output, ["batch", "tokens"], inputs);
        var wanted = inputs.Length == 3 ? new float[] { 6, 7, 9 } : inputs.Length == 2 ? [6, 7, 8] : [5, 6, 7];
        var answer = graph.Run(0, _row);
        Assert.Equal(wanted, answer.Values);
        Assert.Equal([1L, 3, 1], answer.Shape);
    }

    [Fact]
    public void Run_GraphOfOneLength_PadsAndCutsThePaddingOff()
    {
        using var graph = Load(OnnxElementType.Int64, "logits", [1, 5], "input_ids");
        Assert.Equal(5, graph.FixedTokens);
        Assert.Equal([5f, 6, 7], graph.Run(9, _row).Values);
        Assert.Contains("A text has 6 tokens, and the graph takes 5",
            Assert.Throws<InvalidDataException>(() => graph.Run(9, _row.PadTo(6, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_InputThatThereIsNothingFor_IsRefusedByName() =>
        Assert.Contains("has inputs that the engine has nothing for: position_ids",
            Refusal(() => Load(OnnxElementType.Int64, "logits", ["batch", "tokens"], "input_ids", "position_ids")),
            StringComparison.Ordinal);

    [Fact]
    public void Load_FloatInput_IsRefusedByName() =>
        Assert.Contains("'input_ids' is float32; it must be one of int64, int32",
            Refusal(() => Load(OnnxElementType.Float, "logits", ["batch", "tokens"], "input_ids")), StringComparison.Ordinal);

    [Fact]
    public void Load_BatchOfAnotherSize_IsRefused() =>
        Assert.Contains("'input_ids' has 4 in dimension 0",
            Refusal(() => Load(OnnxElementType.Int64, "logits", [4, "tokens"], "input_ids")), StringComparison.Ordinal);

    private static string Refusal(Action load) => Assert.Throws<InvalidDataException>(load).Message;

    // The sum of the inputs, one number a token.
    private TextGraph Load(OnnxElementType type, string output, object[] shape, params string[] inputs)
    {
        var graph = new GraphProto { Name = "sum" };
        graph.Input.AddRange(inputs.Select(name => OnnxMessageFactory.Declare(name, type, shape)));
        foreach (var name in inputs)
            graph.Node.Add(new NodeProto
            {
                OpType = "Cast",
                Input = { name },
                Output = { name + "_float" },
                Attribute = { OnnxMessageFactory.Int("to", (long)OnnxElementType.Float) },
            });
        graph.Node.Add(new NodeProto { OpType = "Sum", Input = { inputs.Select(name => name + "_float") }, Output = { "sum" } });
        graph.Initializer.Add(OnnxMessageFactory.Tensor("axes", OnnxElementType.Int64, [1], BitConverter.GetBytes(2L)));
        graph.Node.Add(new NodeProto { OpType = "Unsqueeze", Input = { "sum", "axes" }, Output = { output } });
        graph.Output.Add(OnnxMessageFactory.Declare(output, OnnxElementType.Float, [.. shape, 1]));
        File.WriteAllBytes(_folder["model.onnx"], OnnxMessageFactory.Model(graph).ToByteArray());
        return new TextGraph(_folder["model.onnx"], "logits", OnnxSessionOptions.Cpu);
    }
}
