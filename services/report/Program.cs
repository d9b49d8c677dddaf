using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "report");
var app = builder.Build();
app.MapMeshDefaults();
await app.RunAsync();
