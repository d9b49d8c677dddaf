using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "balancer");
var app = builder.Build();
app.MapMeshDefaults();
await app.RunAsync();
