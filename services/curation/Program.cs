using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "curation");
var app = builder.BuildMesh();
app.MapMeshDefaults();
await app.RunAsync();
