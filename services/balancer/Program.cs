using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "balancer");
builder.AddBalancer();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapBalancer();
await app.RunAsync();
