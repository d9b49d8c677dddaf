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
    /// <param name="work">Returns the exit code and, where the command has one, the object that <c>--json</c> prints.</param>
    public static Command WithAction(this Command command, Func<ParseResult, CancellationToken, Task<(int Code, JsonObject? Result)>> work)
    {
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
                return Fail(json, refusal.Reason.Status, refusal.Message, refusal.Reason.Name, refusal.Fields.Select(f => f.Field));
            }
            catch (RpcException refusal)
            {
                var status = refusal.GetRpcStatus();
                var fields = status?.GetDetail<BadRequest>()?.FieldViolations.Select(f => f.Field) ?? [];
                return cancellation.IsCancellationRequested
                    ? FailAsCancelled()
                    : Fail(json, refusal.StatusCode, refusal.Status.Detail, status?.GetDetail<ErrorInfo>()?.Reason, fields);
            }
            catch (Exception exception) when (SettingErrorFormatter.TryDescribe(exception) is not null)
            {
                return FailWithBadInput(json, SettingErrorFormatter.TryDescribe(exception)!);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return FailAsCancelled();
            }
            catch (OperationCanceledException stopped)
            {
                // Not Ctrl-C but something inside gave up, such as a host that stops: without this the command would end silently.
                return Fail(json, StatusCode.Aborted, $"The command was cancelled before it finished: {stopped.Message}", null, []);
            }
            catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
            {
                return FailWithBadInput(json, exception.Message);
            }
        });
        return command;
    }

    /// <summary>Prints what is wrong with the input, in one line.</summary>
    /// <returns>The exit code for bad input.</returns>
    public static int FailWithBadInput(bool json, string message) =>
        Fail(json, StatusCode.InvalidArgument, message.ReplaceLineEndings(" "), null, []);

    private static int FailAsCancelled()
    {
        Console.Error.WriteLine("Cancelled.");
        return ExitCodes.Cancelled;
    }

    private static int Fail(bool json, StatusCode status, string message, string? reason, IEnumerable<string> fields)
    {
        Console.Error.WriteLine($"error: {message}{(reason is null ? "" : $" [{reason}]")}");
        if (json)
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

        return status switch
        {
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition => ExitCodes.BadInput,
            StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded => ExitCodes.Unavailable,
            StatusCode.DataLoss => ExitCodes.Mismatch,
            _ => ExitCodes.Failed,
        };
    }
}
