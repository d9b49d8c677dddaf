using System.Text.Json.Nodes;

namespace SynCxr.Mesh.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Text">What is said. To a model it is text, never control, whatever it holds.</param>
public sealed record ChatTurn(string Role, string Text)
{
    /// <summary>A PNG file that is shown before the text; null for none. Only models that see take one.</summary>
    public ReadOnlyMemory<byte>? Png { get; init; }
}

/// <summary>A conversation that a model is to answer.</summary>
/// <param name="Turns">System prompt first, the user's turn last.</param>
/// <param name="Seed">Seed of the sampling, 31 bits, because not every server takes more.</param>
/// <param name="Grammar">GBNF that the answer must fit; null for none. A server may not know it.</param>
public sealed record ChatRequest(IReadOnlyList<ChatTurn> Turns, int Seed, string? Grammar = null)
{
    /// <summary>The answers among which the model is to choose, word for word; null for any. A model may not hold to it.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>JSON schema that a server is to hold the answer to; null for none.</summary>
    public JsonObject? Schema { get; init; }
}

/// <summary>A chat model: behind a server, or in this process.</summary>
public interface IChatModel : IAsyncDisposable
{
    /// <summary>Name of the model.</summary>
    string Name { get; }

    /// <summary>All that its answers depend on beside the conversation and the seed, for a digest.</summary>
    string Settings { get; }

    /// <summary>Conversations that it works on at a time, at most; more wait.</summary>
    int Concurrency { get; }

    /// <summary>True where it holds its answers to a grammar.</summary>
    bool TakesGrammar { get; }

    /// <summary>Answers a conversation. The last piece says why the answer can't be used, if it can't.</summary>
    /// <exception cref="Errors.MeshException">No answer came, and none would come now.</exception>
    IAsyncEnumerable<AnswerPiece> AnswerAsync(ChatRequest request, CancellationToken cancellation);
}
