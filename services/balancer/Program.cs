using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "balancer");
var app = builder.BuildMesh();
app.MapMeshDefaults();
await app.RunAsync();
