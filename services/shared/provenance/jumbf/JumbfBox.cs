namespace SynCxr.Mesh.Provenance.Jumbf;

/// <summary>A box of JUMBF (ISO 19566-5): a superbox with a description and boxes in it, or one with content.</summary>
/// <param name="Type">Four letters: <c>jumb</c> of a superbox.</param>
/// <param name="Payload">What follows length and type.</param>
/// <param name="ContentType">Of a superbox, what its description says that it is: the first four letters of its UUID.</param>
/// <param name="Label">Of a superbox, its label; empty where it has none.</param>
/// <param name="Children">Of a superbox, the boxes in it without its description.</param>
internal sealed record JumbfBox(
    string Type, ReadOnlyMemory<byte> Payload, string ContentType, string Label, IReadOnlyList<JumbfBox> Children)
{
    /// <summary>Type of a superbox, and of the description that it begins with.</summary>
    public const string Super = "jumb", Description = "jumd";

    /// <summary>The rest of a UUID that four letters begin (ISO 19566-5, B.1).</summary>
    public static ReadOnlySpan<byte> UuidRest => [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    public bool IsSuper => Type == Super;

    /// <summary>The superbox of a label in this one; null where there is none.</summary>
    public JumbfBox? Find(string label) => Children.FirstOrDefault(c => c.IsSuper && c.Label == label);

    /// <summary>The content of the first box of a type in this one; null where there is none.</summary>
    public ReadOnlyMemory<byte>? FindContent(string type) => Children.FirstOrDefault(c => c.Type == type)?.Payload;
}
