using LLama.Native;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Chat.Llama;

/// <summary>Sends what llama.cpp says, which is a process's, to the log: warnings and errors as such, the rest for debugging.</summary>
public static class LlamaNativeLog
{
    private static int _isSet;

    public static void SendTo(ILogger logger)
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
            NativeLibraryConfig.All.WithLogCallback((level, text) => Write(logger, level, text.Trim()));
    }

    private static void Write(ILogger logger, LLamaLogLevel level, string text)
    {
        if (level is LLamaLogLevel.Error or LLamaLogLevel.Warning)
            Log.LlamaWarns(logger, text);
        else if (text.Length > 0)
            Log.LlamaSays(logger, text);
    }
}
