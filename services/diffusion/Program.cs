using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "diffusion");
var app = builder.BuildMesh();
app.MapMeshDefaults();
await app.RunAsync();
