using System.Buffers.Binary;
using System.Text;

namespace SynCxr.Mesh.Provenance.Jumbf;

/// <summary>Writes boxes of JUMBF.</summary>
internal static class JumbfWriter
{
    private const byte Toggles = 3; // the box may be asked for, and has a label

    /// <summary>A superbox with its description.</summary>
    /// <param name="contentType">Four letters.</param>
    /// <param name="children">Whole boxes.</param>
    public static byte[] CreateSuper(string contentType, string label, params ReadOnlySpan<byte[]> children)
    {
        byte[] description = [.. Encoding.ASCII.GetBytes(contentType), .. JumbfBox.UuidRest, Toggles, .. Encoding.UTF8.GetBytes(label), 0];
        using var payload = new MemoryStream();
        payload.Write(CreateBox(JumbfBox.Description, description));
        foreach (var child in children)
            payload.Write(child);
        return CreateBox(JumbfBox.Super, payload.ToArray());
    }

    public static byte[] CreateBox(string type, byte[] payload)
    {
        var box = new byte[payload.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        payload.CopyTo(box, 8);
        return box;
    }
}
