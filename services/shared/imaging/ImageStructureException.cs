namespace SynCxr.Mesh.Imaging;

/// <summary>An image file whose parts (chunks, segments) do not lie as its format says; the message is about the file, not of it.</summary>
public sealed class ImageStructureException(string message) : Exception(message);
