using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "curation");
var app = builder.Build();
app.MapMeshDefaults();
await app.RunAsync();
