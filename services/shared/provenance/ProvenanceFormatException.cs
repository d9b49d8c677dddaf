namespace SynCxr.Mesh.Provenance;

/// <summary>
/// A mark that can't be read as its standard says. The message names the part that is wrong, and holds no text of the file.
/// </summary>
public sealed class ProvenanceFormatException(string message, Exception? inner = null) : Exception(message, inner);
