using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "balancer", builder => builder.AddBalancer(), app => app.MapBalancer());
