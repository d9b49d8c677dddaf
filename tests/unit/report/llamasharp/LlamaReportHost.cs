using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Report.Tests.LlamaSharp;

/// <summary>A report service that writes with a GGUF file.</summary>
internal static class LlamaReportHost
{
    public static async Task<WebApplication> StartAsync(string model, params IEnumerable<string> more)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Report:Writer=llamasharp", $"--Report:LlamaSharp:ModelPath={model}", .. more],
            "report");
        builder.AddReport();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapReport();
        await app.StartAsync();
        return app;
    }
}
