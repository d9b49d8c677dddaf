using SynCxr.Mesh.Report;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "report", builder => builder.AddReport(), app => app.MapReport());
