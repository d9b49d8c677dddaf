using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Every test here starts processes that use both cores, and some measure times: they run one after the other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(SynCxr.Mesh.Integration.Tests.DemoFixture))]

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>The reference data set: a small <c>syncxr demo</c>, run once for all tests.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    public const int Pairs = 16;

    public ScratchFolder Scratch { get; } = new();

    public JsonElement Result { get; private set; }

    public string Root => Result.GetProperty("root").GetString()!;

    public string Folder => Result.GetProperty("folder").GetString()!;

    public async ValueTask InitializeAsync()
    {
        var (code, result, error) = await SyncxrProcess.RunJsonAsync(Arguments(Scratch["reference"]));
        Assert.True(code == 0, error);
        Result = result;
    }

    public ValueTask DisposeAsync()
    {
        Scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    public static IEnumerable<string> Arguments(string state, params IEnumerable<string> more) =>
        ["demo", "--pairs", $"{Pairs}", "--state", state, .. more];
}
