using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>A string field of a request, however deep in its messages.</summary>
/// <param name="Path">As the proto spells it, without indices: <c>spec.sources.name</c>.</param>
/// <param name="Content">The field within the last of <paramref name="Fields"/>, where that is a Struct; else null.</param>
public sealed record RequestStringField(string Path, IReadOnlyList<FieldDescriptor> Fields, RequestStringField? Content = null)
{
    private static readonly JsonFormatter _json = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Its own name.</summary>
    public string Name => Content?.Name ?? Fields[^1].Name;

    private MessageDescriptor ContentType => Content!.Fields[0].ContainingType;

    /// <summary>Every string field that a request can hold; a message within a message of its own type is left out.</summary>
    /// <param name="content">What the Structs of the request hold, as JSON; null leaves them out.</param>
    public static IEnumerable<RequestStringField> FindAll(MessageDescriptor request, MessageDescriptor? content = null) =>
        FindBelow(request, [], content);

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
        if (Content is not null)
        {
            var typed = ContentType.Parser.ParseFrom(ByteString.Empty);
            Content.Set(typed, value);
            var asked = Struct.Parser.ParseJson(_json.Format(typed));
            if (last.Accessor.GetValue(at) is IList structs)
            {
                structs.Clear();
                structs.Add(asked);
            }
            else
                last.Accessor.SetValue(at, asked);
        }
        else if (last.Accessor.GetValue(at) is IList texts)
        {
            texts.Clear();
            texts.Add(value);
        }
        else
            last.Accessor.SetValue(at, value);
    }

    private static IMessage Create(FieldDescriptor field) => field.MessageType.Parser.ParseFrom(ByteString.Empty);

    private static IEnumerable<RequestStringField> FindBelow(MessageDescriptor message, IReadOnlyList<FieldDescriptor> above,
        MessageDescriptor? content)
    {
        foreach (var field in message.Fields.InDeclarationOrder().Where(f => !f.IsMap))
        {
            IReadOnlyList<FieldDescriptor> path = [.. above, field];
            if (field.FieldType == FieldType.String)
                yield return new RequestStringField(JoinNames(path), path);
            else if (field.FieldType == FieldType.Message && content is not null && field.MessageType == Struct.Descriptor)
            {
                foreach (var within in FindBelow(content, [], null))
                    yield return new RequestStringField($"{JoinNames(path)}.{within.Path}", path, within);
            }
            else if (field.FieldType == FieldType.Message && field.MessageType.File != StructReflection.Descriptor
                && above.All(f => f.FieldType != FieldType.Message || f.MessageType != field.MessageType))
            {
                foreach (var below in FindBelow(field.MessageType, path, content))
                    yield return below;
            }
        }
    }

    private static string JoinNames(IEnumerable<FieldDescriptor> path) => string.Join('.', path.Select(f => f.Name));
}
