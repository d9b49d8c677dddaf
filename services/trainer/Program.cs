using SynCxr.Mesh.Hosting;

var builder = MeshHost.CreateBuilder(args, "trainer");
var app = builder.Build();
app.MapMeshDefaults();
await app.RunAsync();
