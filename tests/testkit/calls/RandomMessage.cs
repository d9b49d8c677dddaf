using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>Messages of any type with fields of any value: names that are none, numbers at their limits, texts that break out.</summary>
public sealed class RandomMessage(Random random)
{
    private const int MaxDepth = 5;

    private static readonly string[] _texts =
    [
        "", "x", "datasets/none", "datasets/20260101-000000-aaaaaaaa", "trainings/0", "evaluations/0", "models/none", "cxr-tiny-generator",
        "/etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "data/none/x", "data/../x", "a\nb\u001b[31m", "\u202eabc", "𝔘𝔫𝔦",
        "abnormality/consolidation", "Left lower lobe consolidation.", "grammar", "NaN", "-1", "{}", "%00", "' OR 1=1 --",
        new string('y', 200), new string('z', 5000),
    ];

    private static readonly long[] _numbers =
        [0, 1, -1, 2, 3, 7, 64, 255, 256, 1000, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue];

    private static readonly double[] _fractions =
        [0, 1, -1, 0.5, 1.5, 1e-300, 1e308, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon];

    public IMessage Create(MessageDescriptor type, int depth = 0)
    {
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (random.Next(3) == 0)
                SetField(message, field, depth);
        }

        if (message is Value { KindCase: Value.KindOneofCase.None } empty)
            empty.NullValue = NullValue.NullValue; // one without a kind has no JSON
        if (message is Struct texts)
            texts.Fields.Remove(""); // nor has a field without a name
        return message;
    }

    private void SetField(IMessage message, FieldDescriptor field, int depth)
    {
        if (field.IsMap)
        {
            var map = (IDictionary)field.Accessor.GetValue(message);
            var (key, value) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
            for (var i = 0; i < random.Next(3); i++)
            {
                if (CreateValue(value, depth) is { } filled)
                    map[CreateValue(key, depth)!] = filled;
            }
        }
        else if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            for (var i = 0; i < random.Next(4); i++)
            {
                if (CreateValue(field, depth) is { } value)
                    list.Add(value);
            }
        }
        else if (CreateValue(field, depth) is { } value)
        {
            field.Accessor.SetValue(message, value);
        }
    }

    /// <returns>Null for a message that would be too deep.</returns>
    private object? CreateValue(FieldDescriptor field, int depth)
    {
        var number = random.Next(4) == 0 ? random.NextInt64() : _numbers[random.Next(_numbers.Length)];
        return field.FieldType switch
        {
            FieldType.Message or FieldType.Group => depth < MaxDepth ? Create(field.MessageType, depth + 1) : null,
            FieldType.String => _texts[random.Next(_texts.Length)],
            FieldType.Bytes => ByteString.CopyFrom(CreateBytes(random.Next(64))),
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Double => _fractions[random.Next(_fractions.Length)],
            FieldType.Float => (float)_fractions[random.Next(_fractions.Length)],
            FieldType.Enum => unchecked((int)number),
            FieldType.UInt32 or FieldType.Fixed32 => unchecked((uint)number),
            FieldType.UInt64 or FieldType.Fixed64 => unchecked((ulong)number),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => number,
            _ => unchecked((int)number),
        };
    }

    public byte[] CreateBytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
