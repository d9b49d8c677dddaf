using Spectre.Console;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>The replicas for people: a live table on a terminal, a line a change elsewhere.</summary>
internal sealed class MeshTable
{
    private readonly Dictionary<string, string> _printedStates = [];

    public static IReadOnlyList<string> Columns { get; } = ["replica", "state", "pid", "gRPC", "JSON", "restarts"];

    public static IReadOnlyList<string> Cells(ReplicaState r) =>
        [$"{r.Service}/{r.Number}", r.State, r.Pid == 0 ? "" : $"{r.Pid}", r.Grpc, r.Json, $"{r.Restarts}"];

    /// <summary>The whole table, as it stands.</summary>
    public static Table Render(IReadOnlyList<ReplicaState> replicas)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in Columns)
            table.AddColumn(new TableColumn(column) { NoWrap = true });
        foreach (var replica in replicas)
        {
            var colour = replica.State switch { "ready" => "green", "lost" or "no answer" => "red", "ended" => "grey", _ => "yellow" };
            table.AddRow([.. Cells(replica).Select((cell, i) => i == 1 ? $"[{colour}]{Markup.Escape(cell)}[/]" : Markup.Escape(cell))]);
        }

        return table;
    }

    /// <summary>A line for each replica that is in another state than at the last call.</summary>
    public void PrintChanges(IReadOnlyList<ReplicaState> replicas)
    {
        foreach (var replica in replicas)
        {
            var name = $"{replica.Service}/{replica.Number}";
            if (_printedStates.GetValueOrDefault(name) == replica.State)
                continue;
            _printedStates[name] = replica.State;
            Console.Error.WriteLine(
                $"{name} {replica.State} {replica.Grpc}{(replica.State == "lost" ? $"; mesh/{replica.Service}-{replica.Number}.log in the state folder says why" : "")}");
        }
    }
}
