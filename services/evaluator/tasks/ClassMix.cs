using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// How many images of each class represent a source: in the proportions of the held-out images, as many as are available.
/// </summary>
internal sealed record ClassMix(IReadOnlyList<PromptClass> Classes, IReadOnlyList<int> Counts)
{
    public static ClassMix Create(GeneratorBench bench, IReadOnlyList<PromptClass> classes)
    {
        int[] valid = [.. classes.Select(c => bench.Valid.FindIndices(c.Source, [c.Label]).Length)];
        var scale = classes.Select(
            (c, k) => (double)Math.Min(Available(bench, c), bench.Train.FindIndices(c.Source, [c.Label]).Length) / Math.Max(1, valid[k]))
            .Min();
        return new ClassMix(classes, [.. valid.Select(v => (int)Math.Max(2, scale * v))]);
    }

    /// <summary>Features of generated images.</summary>
    public List<float[]> GeneratedFeatures(GeneratorBench bench) => [.. GeneratedImages(bench).Select(s => s.Feature)];

    public IEnumerable<GeneratedImage> GeneratedImages(GeneratorBench bench) =>
        Classes.SelectMany((c, k) => bench.GetGeneratedImages(c.Source, c.Finding, Math.Min(Counts[k], Available(bench, c))));

    /// <summary>
    /// Training images of each class in random order; if <paramref name="swapped"/>, healthy images stand for ill ones and the other way
    /// round.
    /// </summary>
    public List<int> RealIndices(GeneratorBench bench, bool swapped)
    {
        var taken = new int[Classes.Count];
        var orders = Classes.Select(c =>
        {
            var indices = bench.Train.FindIndices(c.Source, [c.Label]);
            return RandomSource.Create(bench.Task.Seed, "mix " + c.Label, 0).Permutation(indices.Length).Select(i => indices[i]).ToArray();
        }).ToList();
        var real = new List<int>();
        for (var k = 0; k < Classes.Count; k++)
        {
            for (var n = 0; n < Counts[k]; n++)
            {
                var from = !swapped ? k : k > 0 ? 0 : 1 + n % (Classes.Count - 1);
                real.Add(orders[from][taken[from]++ % orders[from].Length]);
            }
        }

        return real;
    }

    private static int Available(GeneratorBench bench, PromptClass c) =>
        bench.ClassesOf(c.Source).Count > 1
            ? Math.Max(bench.Task.ImagesPerClass, bench.Task.TrainingImagesPerClass) : bench.Task.ImagesPerClass;
}
