using SynCxr.Mesh.Curation;
using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "curation");
builder.AddCuration();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapCuration();
await app.RunAsync();
