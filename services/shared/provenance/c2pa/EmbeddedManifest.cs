namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>A manifest store, and the range of the file that it takes.</summary>
/// <param name="Store">The boxes.</param>
/// <param name="Start">First byte of what holds the store: a chunk, or segments, with their heads.</param>
/// <param name="Length">Bytes of it.</param>
internal sealed record EmbeddedManifest(byte[] Store, long Start, long Length);
