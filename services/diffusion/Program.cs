using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "diffusion");
var app = builder.Build();
app.MapMeshDefaults();
await app.RunAsync();
