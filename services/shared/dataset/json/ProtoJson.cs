using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace SynCxr.Mesh.SealedDatasets.Json;

/// <summary>
/// Messages as canonical JSON with the field names of their proto and every field, whether set or not: how a report, an image and a verdict
/// are stored with a pair, in its row and in its shard.
/// </summary>
public static class ProtoJson
{
    private static readonly JsonFormatter _formatter = new(
        JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    public static string Write(IMessage message) => Encoding.UTF8.GetString(CanonicalJson.Write(ToNode(message)));

    /// <param name="message">What to write.</param>
    /// <param name="withoutFields">Numbers of fields that are left out.</param>
    public static JsonObject ToNode(IMessage message, params ReadOnlySpan<int> withoutFields)
    {
        var json = JsonNode.Parse(_formatter.Format(message))!.AsObject();
        foreach (var number in withoutFields)
            json.Remove(message.Descriptor.FindFieldByNumber(number).Name);
        return json;
    }

    /// <summary>The message that <see cref="Write"/> wrote.</summary>
    public static T Parse<T>(string json)
        where T : IMessage, new() => JsonParser.Default.Parse<T>(json);
}
