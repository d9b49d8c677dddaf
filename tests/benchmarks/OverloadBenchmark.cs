using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>Half a minute at ten times the capacity of one diffusion replica.</summary>
internal static class OverloadBenchmark
{
    /// <returns>0 when every figure is within its bound.</returns>
    public static async Task<int> RunAsync()
    {
        if (!Directory.Exists(OverloadScenario.NodePackages.Folder))
        {
            await Console.Error.WriteLineAsync(
                $"{OverloadScenario.NodePackages.Folder} is not there; to bring it: {OverloadScenario.NodePackages.How}");
            return 2;
        }

        var figures = await OverloadScenario.RunAsync(seconds: 30, patient: 100);
        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }
}
