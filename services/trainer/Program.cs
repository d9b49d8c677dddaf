using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Trainer;

var builder = MeshHost.CreateBuilder(args, "trainer");
builder.AddTrainer();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapTrainer();
await app.RunAsync();
