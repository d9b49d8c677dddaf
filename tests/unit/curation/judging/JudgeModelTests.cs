using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging;

public sealed class JudgeModelTests
{
    [Fact]
    public async Task RunAsync_AnyBatchAndThreads_GivesTheSameBits()
    {
        List<string>? expected = null;
        foreach (var threads in new[] { 1, 2, 3, 4, 8, 16 })
        {
            using var judge = Load(threads);
            var images = Enumerable.Range(0, 24).Select(i => judge.PrepareInput(TestImages.Waves(70 + i, 64, i))).ToArray();
            foreach (var batch in new[] { 1, 2, 3, 5, 8, 24 })
            {
                var rows = new List<string>();
                foreach (var chunk in images.Chunk(batch))
                    rows.AddRange((await judge.RunAsync(chunk, CancellationToken.None)).Select(Bits));
                expected ??= rows;
                Assert.Equal(expected, rows);
            }
        }

        Assert.Equal(24, expected!.Distinct().Count());
    }

    [Fact]
    public async Task RunAsync_AnImage_IsOfUnitLengthAndAsWideAsItsCardSays()
    {
        using var judge = Load(1);
        var row = Assert.Single(await judge.RunAsync([judge.PrepareInput(TestImages.Waves(224, 224, 1))], CancellationToken.None));
        Assert.Equal(judge.Settings.Heads.Count, row.Logits.Length);
        Assert.Equal(judge.Settings.Embedding, row.Embedding.Length);
        Assert.Equal(1, CosineSimilarity.NormOf(row.Embedding), 1e-4);
    }

    [Fact]
    public void PrepareInput_Image_IsAreaAveragedToZeroToOne()
    {
        using var judge = Load(1);
        var size = judge.Settings.InputSize;
        Assert.All(judge.PrepareInput(GrayImage.Filled(300, 200, 255)), p => Assert.Equal(1f, p));
        Assert.Equal(size * size, judge.PrepareInput(GrayImage.Filled(1, 1, 51)).Length);
        Assert.Equal(0.2f, judge.PrepareInput(GrayImage.Filled(1, 1, 51))[0]);
    }

    [Theory]
    [InlineData("embedding: 128", "embedding: 64", "bad-bank.json")]
    [InlineData("kind: quality-judge", "kind: latent-diffusion", "defaults")]
    public void Load_CardThatDoesNotFitTheFiles_IsNamed(string right, string wrong, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => LoadCopy(card => card.Replace(right, wrong)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OneHeadTooFew_NamesTheGraphsOutput()
    {
        var judge = ModelFolder.Open(CurationHostFixture.JudgeFolder).Card;
        var error = Assert.Throws<InvalidDataException>(
            () => LoadCopy(card => card, judge with { Judge = judge.Judge! with { Heads = [.. judge.Judge.Heads.Skip(1)] } }));
        Assert.Contains("'logits'", error.Message, StringComparison.Ordinal);
    }

    private static void LoadCopy(Func<string, string> change, ModelCard? other = null)
    {
        var copy = Directory.CreateTempSubdirectory("judge").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(CurationHostFixture.JudgeFolder))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            var card = Path.Combine(copy, ModelFolder.CardFile);
            var text = File.ReadAllText(card);
            File.Delete(card); // it may be a hard link to the checkout's
            if (other is null)
                File.WriteAllText(card, change(text));
            else
                ModelCardFile.Write(card, other);
            ModelFolder.WriteSums(copy); // a well-sealed folder whose parts do not fit
            JudgeModel.Load(copy, new OnnxSessionOptions(ExecutionProviderNames.Cpu, 1)).Dispose();
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static string Bits(JudgeOutput row) =>
        Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>((float[])[.. row.Logits, .. row.Embedding]));

    private static JudgeModel Load(int threads) =>
        JudgeModel.Load(CurationHostFixture.JudgeFolder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, threads));
}
