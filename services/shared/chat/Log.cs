using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Chat;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The language model at {Endpoint} is asked again in {Wait}, after try {Tries}: {Said}",
        EventName = "chat.model-waits")]
    public static partial void ModelWaitsAgain(ILogger logger, string endpoint, TimeSpan wait, int tries, string said);

    [LoggerMessage(2, LogLevel.Warning,
        "The server at {Endpoint} was asked for the model {Model} and says that {Served} answers. {Section}:RequireModel refuses that.",
        EventName = "chat.other-model")]
    public static partial void OtherModelAnswers(ILogger logger, string endpoint, string model, string served, string section);

    [LoggerMessage(5, LogLevel.Information, "The server of {Model} holds answers to a JSON schema.", EventName = "chat.schema-enforced")]
    public static partial void SchemaEnforced(ILogger logger, string model);

    [LoggerMessage(6, LogLevel.Warning, "The server of {Model} does not hold answers to a JSON schema; they are asked for as plain text.",
        EventName = "chat.schema-not-enforced")]
    public static partial void SchemaNotEnforced(ILogger logger, string model);

    [LoggerMessage(3, LogLevel.Warning, "llama.cpp: {Text}", EventName = "chat.llama-warns")]
    public static partial void LlamaWarns(ILogger logger, string text);

    [LoggerMessage(4, LogLevel.Debug, "llama.cpp: {Text}", EventName = "chat.llama-says")]
    public static partial void LlamaSays(ILogger logger, string text);
}
