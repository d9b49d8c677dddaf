using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Trainer;

return await MeshHost.RunAsync(args, "trainer", builder => builder.AddTrainer(), app => app.MapTrainer());
