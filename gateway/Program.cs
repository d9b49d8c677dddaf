using SynCxr.Mesh.Gateway;
using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "gateway");
builder.AddGateway();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapGateway();
await app.RunAsync();
