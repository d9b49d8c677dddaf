using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "report");
var app = builder.BuildMesh();
app.MapMeshDefaults();
await app.RunAsync();
