using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>A string field of a request, however deep in its messages.</summary>
/// <param name="Path">As the proto spells it, without indices: <c>spec.sources.name</c>.</param>
public sealed record RequestStringField(string Path, IReadOnlyList<FieldDescriptor> Fields)
{
    /// <summary>Every string field that a request can hold; a message within a message of its own type is left out.</summary>
    public static IEnumerable<RequestStringField> FindAll(MessageDescriptor request) => FindBelow(request, []);

    /// <summary>Puts a value there. Messages on the way are made where they are missing; of lists, the first entry is taken.</summary>
    public void Set(IMessage request, string value)
    {
        var at = request;
        foreach (var field in Fields.SkipLast(1))
        {
            var held = field.Accessor.GetValue(at);
            if (held is IList list)
            {
                if (list.Count == 0)
                    list.Add(Create(field));
                at = (IMessage)list[0]!;
            }
            else
            {
                if (held is null)
                    field.Accessor.SetValue(at, Create(field));
                at = (IMessage)field.Accessor.GetValue(at);
            }
        }

        var last = Fields[^1];
        if (last.Accessor.GetValue(at) is IList texts)
        {
            texts.Clear();
            texts.Add(value);
        }
        else
            last.Accessor.SetValue(at, value);
    }

    private static IMessage Create(FieldDescriptor field) => field.MessageType.Parser.ParseFrom(ByteString.Empty);

    private static IEnumerable<RequestStringField> FindBelow(MessageDescriptor message, IReadOnlyList<FieldDescriptor> above)
    {
        foreach (var field in message.Fields.InDeclarationOrder().Where(f => !f.IsMap))
        {
            IReadOnlyList<FieldDescriptor> path = [.. above, field];
            if (field.FieldType == FieldType.String)
                yield return new RequestStringField(string.Join('.', path.Select(f => f.Name)), path);
            else if (field.FieldType == FieldType.Message && field.MessageType.File != StructReflection.Descriptor
                && above.All(f => f.FieldType != FieldType.Message || f.MessageType != field.MessageType))
            {
                foreach (var below in FindBelow(field.MessageType, path))
                    yield return below;
            }
        }
    }
}
