using SynCxr.Mesh.Curation;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "curation", builder => builder.AddCuration(), app => app.MapCuration());
