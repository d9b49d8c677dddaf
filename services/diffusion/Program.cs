using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "diffusion");
builder.AddDiffusion();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapDiffusion();
await app.RunAsync();
