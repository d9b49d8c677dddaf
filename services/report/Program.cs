using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report;

var builder = MeshHost.CreateBuilder(args, "report");
builder.AddReport();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapReport();
await app.RunAsync();
