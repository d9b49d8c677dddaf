using SynCxr.Mesh.Gateway;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "gateway", builder => builder.AddGateway(), app => app.MapGateway());
