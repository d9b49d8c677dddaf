using Spectre.Console;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>The replicas of a mesh for people: a table that is redrawn on a terminal, one line for each change elsewhere.</summary>
internal sealed class MeshTable
{
    private readonly Dictionary<string, string> _printedStates = [];

    public static IReadOnlyList<string> Columns { get; } = ["replica", "state", "pid", "gRPC", "JSON", "restarts"];

    public static IReadOnlyList<string> Cells(ReplicaState replica) =>
        [
            $"{replica.Service}/{replica.Number}", replica.State, replica.Pid == 0 ? "" : $"{replica.Pid}", replica.Grpc, replica.Json,
            $"{replica.Restarts}",
        ];

    /// <summary>The table of all replicas as they are now.</summary>
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

    /// <summary>Prints a line for each replica whose state has changed since the last call.</summary>
    public void PrintChanges(IReadOnlyList<ReplicaState> replicas)
    {
        foreach (var replica in replicas)
        {
            var name = $"{replica.Service}/{replica.Number}";
            if (_printedStates.GetValueOrDefault(name) == replica.State)
                continue;
            _printedStates[name] = replica.State;
            var hint = replica.State == "lost" ? $"; mesh/{replica.Service}-{replica.Number}.log in the state folder says why" : "";
            Console.Error.WriteLine($"{name} {replica.State} {replica.Grpc}{hint}");
        }
    }
}
