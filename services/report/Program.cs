using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report;

return await MeshHost.RunAsync(args, "report", builder => builder.AddReport(), app => app.MapReport());
