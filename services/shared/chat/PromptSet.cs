namespace SynCxr.Mesh.Chat;

/// <summary>The prompts of whoever asks a model.</summary>
/// <param name="Version">Raised with every change of their words.</param>
/// <param name="Digest">SHA-256 of all of them, lower-case hex.</param>
public sealed record PromptSet(string Version, string Digest);
