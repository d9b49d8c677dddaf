using Google.Protobuf.Reflection;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>The fields of a message by the names that JSON and queries may use: that of the contract, and the one in camel case.</summary>
internal static class JsonFieldMapping
{
    /// <param name="type">The message.</param>
    /// <param name="name">A name in either spelling.</param>
    /// <param name="path">Where the caller wrote it.</param>
    /// <exception cref="MeshException">INVALID_FIELD: the message has no such field; lists those that it has.</exception>
    public static FieldDescriptor FindField(MessageDescriptor type, string name, string path)
    {
        // The camel-case name goes first, as in JSON transcoding.
        var fields = type.Fields.InDeclarationOrder();
        return fields.FirstOrDefault(f => f.JsonName == name) ?? fields.FirstOrDefault(f => f.Name == name)
            ?? throw MeshException.Invalid(path, fields.Count == 0
                ? "Is not a field here: nothing is to be given here."
                : $"Is not a field here. The fields are {string.Join(", ", fields.Select(f => f.JsonName))}.");
    }

    /// <summary>The path of a field below another path.</summary>
    public static string Join(string path, string name) =>
        path.Length == 0 ? EchoedText.Shorten(name) : $"{path}.{EchoedText.Shorten(name)}";
}
