using Google.Protobuf;

namespace SynCxr.Mesh.Torch.Export;

/// <summary>One protobuf message under construction; the field numbers are those of onnx.proto.</summary>
internal sealed class ProtoMessageWriter
{
    private readonly List<Action<CodedOutputStream>> _fields = [];

    public ProtoMessageWriter Int(int field, long value) => Field(field, WireFormat.WireType.Varint, o => o.WriteInt64(value));

    public ProtoMessageWriter Float(int field, float value) => Field(field, WireFormat.WireType.Fixed32, o => o.WriteFloat(value));

    public ProtoMessageWriter Text(int field, string value) => Field(field, WireFormat.WireType.LengthDelimited, o => o.WriteString(value));

    public ProtoMessageWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        var copy = ByteString.CopyFrom(value);
        return Field(field, WireFormat.WireType.LengthDelimited, o => o.WriteBytes(copy));
    }

    public ProtoMessageWriter Message(int field, ProtoMessageWriter value) => Bytes(field, value.ToArray());

    public ProtoMessageWriter Each<T>(IEnumerable<T> items, Func<ProtoMessageWriter, T, ProtoMessageWriter> write)
    {
        foreach (var item in items)
            write(this, item);
        return this;
    }

    public byte[] ToArray()
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            foreach (var write in _fields)
                write(output);
        }

        return bytes.ToArray();
    }

    private ProtoMessageWriter Field(int field, WireFormat.WireType type, Action<CodedOutputStream> write)
    {
        _fields.Add(output =>
        {
            output.WriteTag(field, type);
            write(output);
        });
        return this;
    }
}
