using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "diffusion", builder => builder.AddDiffusion(), app => app.MapDiffusion());
