using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>
/// <c>tests/goldens.sh</c> on folders of our own making: a folder without data says why and passes, and fails in CI; <c>$SYNCXR_GOLDENS</c>
/// comes first. The script runs in a repository of one test, which is <see cref="Run_FolderOfTheScript_IsHeldAgainstItsCases"/> here.
/// </summary>
public sealed class GoldenScriptTests : IDisposable
{
    private const string Name = "goldens-of-the-script";
    private const string Project = "SynCxr.Mesh.Shared.Tests";
    private readonly ScratchFolder _scratch = new();

    public GoldenScriptTests()
    {
        WriteFile("tests/goldens.sh", File.ReadAllText(Path.Combine(Repository.Root, "tests/goldens.sh")));
        WriteFile($"tests/unit/shared/{Project}.csproj", "<Project />");
        WriteFile("tests/unit/shared/Some.cs", $"    [GoldenFact(\"{Name}\")]\n");
        WriteProgram("bin/dotnet", "exit 0"); // nothing is to be built
        var program = Path.Combine(AppContext.BaseDirectory, Project);
        WriteProgram($"artifacts/bin/{Project}/release/{Project}", $"exec '{program}' -explicit on \"$@\"");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact(Explicit = true)]
    [Trait("Golden", Name)]
    public void Run_FolderOfTheScript_IsHeldAgainstItsCases()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("cases.jsonl"))
            return;
        GoldenCases.Run(Name, folder.ReadList("cases.jsonl"), item => item.GetProperty("name").GetString()!,
            item => Assert.Equal(item.GetProperty("wanted").GetInt32(), item.GetProperty("given").GetInt32()));
        if (GoldenFolder.TryFind("sd-exports", out var exports)) // it is in ../shared/data too, where there is one
            GoldenCases.Note(Name, exports.Path);
    }

    [Fact]
    public async Task Script_FolderWithoutData_SaysWhyAndPasses()
    {
        var (code, output) = await RunAsync(isCi: false);

        Assert.Contains($"{Name} not tested: ", output, StringComparison.Ordinal);
        Assert.Contains($"data/{Name} is not there", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Script_FolderWithoutDataInCi_SaysWhyAndFails()
    {
        var (code, output) = await RunAsync(isCi: true);

        Assert.Contains($"data/{Name} does not exist", output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task Script_FolderWithoutItsLists_SaysWhy()
    {
        Directory.CreateDirectory(_scratch[$"goldens/{Name}"]);

        var (code, output) = await RunAsync(isCi: false);

        Assert.Contains($"{Name} not tested: cases.jsonl is not in {_scratch["goldens"]}/{Name}", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Script_FoldersOfTheVariable_ComeFirst()
    {
        WriteCase(given: 1);
        Directory.CreateDirectory(_scratch["goldens/sd-exports"]);

        var (code, output) = await RunAsync(isCi: true);

        Assert.Equal($"{Name} note {_scratch["goldens/sd-exports"]}\n{Name} 1/1 1\n", output);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Script_CaseThatIsNotPassed_Fails()
    {
        WriteCase(given: 2);

        var (code, output) = await RunAsync(isCi: false);

        Assert.Contains($"{Name} not passed one: ", output, StringComparison.Ordinal);
        Assert.EndsWith($"{Name} 0/1 1\n", output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    private void WriteCase(int given) =>
        WriteFile($"goldens/{Name}/cases.jsonl", JsonSerializer.Serialize(new { name = "one", wanted = 1, given }) + "\n");

    private async Task<(int Code, string Output)> RunAsync(bool isCi)
    {
        var start = new ProcessStartInfo("bash", [_scratch["tests/goldens.sh"], Name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SYNCXR_GOLDENS"] = _scratch["goldens"];
        start.Environment["PATH"] = $"{_scratch["bin"]}:{start.Environment["PATH"]}";
        start.Environment["CI"] = isCi ? "true" : "";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await error);
    }

    private void WriteProgram(string file, string line)
    {
        WriteFile(file, $"#!/bin/bash\n{line}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_scratch[file], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void WriteFile(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_scratch[file])!);
        File.WriteAllText(_scratch[file], text);
    }
}
