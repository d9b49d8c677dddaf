using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// How every command runs: an error becomes one line on stderr and a documented exit code; with <c>--json</c> the result, or the error, is
/// the last line on stdout.
/// </summary>
internal static class CommandRunner
{
    private static readonly JsonSerializerOptions _singleLineJson = new() { WriteIndented = false };

    /// <summary>Sets what a command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="work">Returns the exit code and, where the command has one, the object that <c>--json</c> prints.</param>
    /// <param name="fields">The options that the fields of its requests come from.</param>
    public static Command WithAction(this Command command, Func<ParseResult, CancellationToken, Task<(int Code, JsonObject? Result)>> work,
        FieldOptionTranslator? fields = null)
    {
        fields ??= FieldOptionTranslator.None;
        command.SetAction(async (parsed, cancellation) =>
        {
            var json = parsed.GetValue(SyncxrCommand.JsonOption);
            try
            {
                var (code, result) = await work(parsed, cancellation);
                if (json && result is not null)
                    Console.Out.WriteLine(result.ToJsonString(_singleLineJson));
                return code;
            }
            catch (MeshException refusal)
            {
                return Fail(json, refusal, fields);
            }
            catch (RpcException refusal)
            {
                var status = refusal.GetRpcStatus();
                var named = status?.GetDetail<BadRequest>()?.FieldViolations.Select(f => f.Field) ?? [];
                return cancellation.IsCancellationRequested
                    ? FailAsCancelled(json)
                    : Fail(json, refusal.StatusCode, fields.ToOptions(refusal.Status.Detail), status?.GetDetail<ErrorInfo>()?.Reason,
                        named.Select(fields.ToOptions));
            }
            catch (Exception exception) when (SettingErrorFormatter.TryDescribe(exception) is { } problem)
            {
                return Fail(json, new MeshException(ErrorReasons.InvalidField, problem));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return FailAsCancelled(json);
            }
            catch (OperationCanceledException stopped)
            {
                // Not Ctrl-C but something inside gave up, such as a host that stops: without this the command would end silently.
                return Fail(json, StatusCode.Aborted, $"The command was cancelled before it finished: {stopped.Message}",
                    ErrorReasons.Internal.Name, []);
            }
            catch (FormatException exception)
            {
                return Fail(json, new MeshException(ErrorReasons.InvalidField, exception.Message));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return Fail(json, new MeshException(ErrorReasons.WrongState, exception.Message));
            }
            catch (Exception defect)
            {
                // A defect of this program: the stack trace is for its report, the error line and its JSON for scripts.
                Console.Error.WriteLine(defect);
                return Fail(json, new MeshException(ErrorReasons.Internal, $"The command has a defect: {defect.Message}"));
            }
        });
        return command;
    }

    /// <summary>Prints what is wrong, in one line.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(bool json, MeshException error, FieldOptionTranslator? fields = null)
    {
        fields ??= FieldOptionTranslator.None;
        return Fail(json, error.Reason.Status, fields.ToOptions(error.Message), error.Reason.Name,
            error.Fields.Select(f => fields.ToOptions(f.Field)));
    }

    private static int FailAsCancelled(bool json)
    {
        Console.Error.WriteLine("Cancelled.");
        if (json)
            WriteJsonError(StatusCode.Cancelled, "Cancelled.", null, []);
        return ExitCodes.Cancelled;
    }

    private static int Fail(bool json, StatusCode status, string message, string? reason, IEnumerable<string> fields)
    {
        message = message.ReplaceLineEndings(" ");
        Console.Error.WriteLine($"error: {message}{(reason is null ? "" : $" [{reason}]")}");
        if (json)
            WriteJsonError(status, message, reason, fields);
        return status switch
        {
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition
                or StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCodes.BadInput,
            StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded => ExitCodes.Unavailable,
            StatusCode.DataLoss => ExitCodes.Mismatch,
            _ => ExitCodes.Failed,
        };
    }

    private static void WriteJsonError(StatusCode status, string message, string? reason, IEnumerable<string> fields)
    {
        var error = new JsonObject
        {
            ["message"] = message,
            ["status"] = status.ToString(),
            ["reason"] = reason,
            ["fields"] = new JsonArray([.. fields.Select(f => (JsonNode)f)]),
        };
        Console.Out.WriteLine(new JsonObject { ["error"] = error }.ToJsonString(_singleLineJson));
    }
}
