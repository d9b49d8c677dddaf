using SynCxr.Mesh.Evaluator;
using SynCxr.Mesh.Hosting;

return await MeshHost.RunAsync(args, "evaluator", builder => builder.AddEvaluator(), app => app.MapEvaluator());
