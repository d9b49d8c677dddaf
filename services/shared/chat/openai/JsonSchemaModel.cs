using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>
/// Has the server hold each answer to a JSON schema with one member, the answer itself: nothing can stand around it. Many servers take a
/// schema and ignore it, so the first call asks a question whose right answer the schema forbids; where that is answered all the same, or
/// refused, answers are asked for as plain text, and the log says so.
/// </summary>
public sealed class JsonSchemaModel(OpenAiModel model, ILogger<OpenAiModel> logger) : IChatModel
{
    private const string Member = "answer";
    private const string ProbeAnswer = "violet";

    private static readonly ChatRequest _probe = new([new ChatTurn("user", "What is two plus two? Answer with one word.")], Seed: 0)
    {
        Choices = [ProbeAnswer],
    };

    private readonly SemaphoreSlim _probing = new(1);
    private bool? _isEnforced;

    public string Name => model.Name;

    public string Settings => $"{model.Settings}\njson_schema";

    public int Concurrency => model.Concurrency;

    public bool TakesGrammar => false;

    public async IAsyncEnumerable<AnswerPiece> AnswerAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (await IsEnforcedAsync(cancellation))
        {
            var said = await CollectAsync(request, cancellation);
            yield return ToPiece(said, Unwrap(said.Text));
            yield break;
        }

        await foreach (var piece in model.AnswerAsync(request, cancellation))
            yield return piece;
    }

    public ValueTask DisposeAsync()
    {
        _probing.Dispose();
        return model.DisposeAsync();
    }

    /// <summary>The answer in a text that fits the schema; null where it does not fit.</summary>
    internal static string? Unwrap(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(Member, out var answer)
                && answer.ValueKind == JsonValueKind.String ? answer.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AnswerPiece ToPiece(AnswerText said, string? answer) => new(answer ?? said.Text)
    {
        Reasoning = said.Reasoning ?? "",
        ServedModel = said.ServedModel ?? "",
        Fault = said.Fault ?? (answer is null
            ? new AnswerFault(AnswerFaultNames.Form, "does not fit the JSON schema that the server was given") : null),
    };

    private static JsonObject SchemaOf(ChatRequest request)
    {
        var answer = new JsonObject { ["type"] = "string" };
        if (request.Choices is { } choices)
            answer["enum"] = new JsonArray([.. choices.Select(c => (JsonNode)c)]);
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [Member] = answer },
            ["required"] = new JsonArray(Member),
            ["additionalProperties"] = false,
        };
    }

    private async Task<AnswerText> CollectAsync(ChatRequest request, CancellationToken cancellation)
    {
        var said = new AnswerText();
        await foreach (var piece in model.AnswerAsync(request with { Schema = SchemaOf(request) }, cancellation))
            said.Add(piece);
        return said;
    }

    private async Task<bool> IsEnforcedAsync(CancellationToken cancellation)
    {
        if (_isEnforced is { } known)
            return known;
        await _probing.WaitAsync(cancellation);
        try
        {
            if (_isEnforced is null)
            {
                _isEnforced = await ProbeAsync(cancellation);
                if (_isEnforced == true)
                    Log.SchemaEnforced(logger, model.Name);
                else
                    Log.SchemaNotEnforced(logger, model.Name);
            }

            return _isEnforced.Value;
        }
        finally
        {
            _probing.Release();
        }
    }

    private async Task<bool> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            return Unwrap((await CollectAsync(_probe, cancellation)).Text) == ProbeAnswer;
        }
        catch (Errors.MeshException refused) when (refused.Reason == Errors.ErrorReasons.ModelNotLoaded)
        {
            await foreach (var piece in model.AnswerAsync(_probe, cancellation))
                _ = piece; // a server that refuses this too throws again: a wrong key tells nothing of schemas
            return false;
        }
    }
}
