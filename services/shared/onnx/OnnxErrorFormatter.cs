using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// ONNX Runtime's words for what is wrong with a graph, in one line, without its error code and its place in its own source.
/// </summary>
public static partial class OnnxErrorFormatter
{
    private const int MaxLength = 300;

    public static string Format(OnnxRuntimeException error)
    {
        var line = string.Join(' ', error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = SourcePattern().Replace(CodePattern().Replace(line, ""), "");
        return "ONNX Runtime says: " + (line.Length <= MaxLength ? line : line[..MaxLength] + "…");
    }

    [GeneratedRegex(@"^\[ErrorCode:\w+\] ?")]
    private static partial Regex CodePattern();

    // A file, a line, and the signature of a function.
    [GeneratedRegex(@"/onnxruntime_src/\S+:\d+ .*?\)( const)? ")]
    private static partial Regex SourcePattern();
}
