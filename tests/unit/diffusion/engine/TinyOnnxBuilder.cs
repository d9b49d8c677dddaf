using Google.Protobuf;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// Writes small ONNX files (opset 17) for exports that are not ours. A dimension is a number, or a name where it is dynamic.
/// </summary>
internal sealed class TinyOnnxBuilder
{
    public const int Float = 1, Int32 = 6, Int64 = 7, Double = 11;
    private readonly List<(int Field, byte[] Bytes)> _graph = [(2, System.Text.Encoding.UTF8.GetBytes("tiny"))];

    public TinyOnnxBuilder Input(string name, int type, params object[] shape) => Add(11, Value(name, type, shape));

    public TinyOnnxBuilder Output(string name, int type, params object[] shape) => Add(12, Value(name, type, shape));

    public TinyOnnxBuilder Constant(string name, float[] data, params long[] shape) =>
        Add(5, Message(o =>
        {
            foreach (var side in shape)
                Number(o, 1, side);
            Number(o, 2, Float);
            Text(o, 8, name);
            Bytes(o, 9, data.SelectMany(BitConverter.GetBytes).ToArray());
        }));

    public TinyOnnxBuilder Constant(string name, params long[] data) =>
        Add(5, Message(o =>
        {
            Number(o, 1, data.Length);
            Number(o, 2, Int64);
            Text(o, 8, name);
            Bytes(o, 9, data.SelectMany(BitConverter.GetBytes).ToArray());
        }));

    public TinyOnnxBuilder Node(string operation, string output, string[] inputs, params (string Name, long[] Value)[] attributes) =>
        Add(1, Message(o =>
        {
            foreach (var input in inputs)
                Text(o, 1, input);
            Text(o, 2, output);
            Text(o, 4, operation);
            foreach (var (name, value) in attributes)
            {
                Bytes(o, 5, Message(a =>
                {
                    Text(a, 1, name);
                    foreach (var number in value)
                        Number(a, value.Length == 1 ? 3 : 8, number);
                    Number(a, 20, value.Length == 1 ? 2 : 7);
                }));
            }
        }));

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Message(o =>
        {
            Number(o, 1, 8);
            Bytes(o, 7, Message(graph => _graph.ForEach(part => Bytes(graph, part.Field, part.Bytes))));
            Bytes(o, 8, Message(opset => { Text(opset, 1, ""); Number(opset, 2, 17); }));
        }));
    }

    private TinyOnnxBuilder Add(int field, byte[] bytes)
    {
        _graph.Add((field, bytes));
        return this;
    }

    private static byte[] Value(string name, int type, object[] shape) => Message(o =>
    {
        Text(o, 1, name);
        Bytes(o, 2, Message(t => Bytes(t, 1, Message(tensor =>
        {
            Number(tensor, 1, type);
            Bytes(tensor, 2, Message(dimensions =>
            {
                foreach (var side in shape)
                    Bytes(dimensions, 1,
                        Message(d => { if (side is int fixedSide) Number(d, 1, fixedSide); else Text(d, 2, (string)side); }));
            }));
        }))));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
            write(output);
        return memory.ToArray();
    }

    private static void Number(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Text(CodedOutputStream output, int field, string value) =>
        Bytes(output, field, System.Text.Encoding.UTF8.GetBytes(value));

    private static void Bytes(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
