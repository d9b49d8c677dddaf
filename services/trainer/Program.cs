using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "trainer");
var app = builder.BuildMesh();
app.MapMeshDefaults();
await app.RunAsync();
