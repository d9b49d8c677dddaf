using SynCxr.Mesh.Evaluator;
using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "evaluator");
builder.AddEvaluator();
var app = builder.BuildMesh();
app.MapMeshDefaults();
app.MapEvaluator();
await app.RunAsync();
