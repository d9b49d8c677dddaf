using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Rendering;

/// <summary>Prompts with more tokens than the text encoder takes.</summary>
public sealed class PromptChunkTests
{
    private const int TokensOfAChunk = 77, Room = 75;

    [Fact]
    public void Tokenize_TwoChunks_HasTheTokensOfTheWholePromptInThem()
    {
        var model = ShippedGenerator.OneThread;
        var (whole, cut) = (model.Tokenize(Words(100), 2), model.Tokenize(Words(100)));
        Assert.Equal((2 * TokensOfAChunk, 102, false), (whole.Ids.Length, whole.Count, whole.Truncated));
        Assert.Equal((TokensOfAChunk, 102, true), (cut.Ids.Length, cut.Count, cut.Truncated));
        Assert.Equal(cut.Ids, whole.Ids[..TokensOfAChunk]);
        Assert.Equal(model.Tokenize(Words(100 - Room)).Ids, whole.Ids[TokensOfAChunk..]);
    }

    [Fact]
    public void Encode_TwoChunks_JoinsTheStatesOfEach()
    {
        var model = ShippedGenerator.OneThread;
        Assert.Equal([.. model.Encode(model.Tokenize(Words(Room))), .. model.Encode(model.Tokenize(Words(10)))],
            model.Encode(model.Tokenize(Words(Room + 10), 2)));
    }

    [Theory]
    [InlineData(Room, 0, 3, 1)]
    [InlineData(Room + 1, 0, 3, 2)]
    [InlineData(1, (2 * Room) + 1, 3, 3)]
    [InlineData(1, (2 * Room) + 1, 1, 1)] // without guidance the negative prompt is not encoded
    public void Begin_PromptsOfTwoLengths_HaveTheSameNumberOfChunks(int words, int negativeWords, double guidance, int chunks)
    {
        var model = ShippedGenerator.OneThread;
        var state = new RenderingState(Resolve(spec =>
        {
            (spec.Prompt, spec.NegativePrompt, spec.Guidance) = (Words(words), Words(negativeWords), guidance);
            spec.PromptOverflow = PromptOverflow.Chunk;
        }), 0);
        state.Begin();
        var rows = state.NextRows().ToList();
        Assert.Equal(chunks, state.Chunks);
        Assert.Equal(model.Encode(model.Tokenize(Words(words), chunks)), rows[0].States);
        if (guidance > 1)
            Assert.Equal(model.Encode(model.Tokenize(Words(negativeWords), chunks)), rows[1].States);
        Assert.All(rows, row => Assert.Equal(chunks * model.Unconditional.Length, row.States.Length));
    }

    [Fact]
    public async Task Admit_PromptsOfSeveralChunksAtOnce_GiveTheBytesOfEachAlone()
    {
        var specs = new[] { 1, Room + 5, 10, (3 * Room) + 1, Room + 9 }.Select((words, seed) => Resolve(spec =>
        {
            (spec.Prompt, spec.Seed, spec.Steps) = (Words(words), (ulong)seed, 2);
            spec.PromptOverflow = PromptOverflow.Chunk;
        })).ToList();
        var (together, alone) = (await ShippedGenerator.RenderAsync(8, specs), await ShippedGenerator.RenderAsync(1, specs));
        Assert.Equal(alone.Select(image => image.Pixels), together.Select(image => image.Pixels));
    }

    [Theory]
    [InlineData(Room, 1)]
    [InlineData(Room + 1, 2)]
    public async Task Admit_PromptsOfOneOrTwoNumbersOfChunks_ShareABatchOrNot(int words, int batches)
    {
        var specs = new[] { 1, words }.Select(count => Resolve(spec =>
            (spec.Prompt, spec.Steps, spec.PromptOverflow) = (Words(count), 1, PromptOverflow.Chunk))).ToList();
        await using var generator = new ImageGenerator(
            new BatcherOptions("image") { QueueLimit = 100, MaxBatch = 2, MaxDelay = TimeSpan.FromSeconds(2) }, 1,
            new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        await Task.WhenAll(specs.Select(spec => generator.Admit(spec, 0, new BatchRowOptions(), CancellationToken.None).Image).ToList());
        Assert.Equal(batches, Enum.GetValues<BatchCloseReason>().Sum(generator.ClosedBatches));
    }

    [Fact]
    public async Task Admit_ChunkedPrompt_DiffersFromTheCutOneOnlyWhereItIsLonger()
    {
        var images = await ShippedGenerator.RenderAsync(1, new[] { 20, Room + 20 }.SelectMany(words =>
            new[] { PromptOverflow.Truncate, PromptOverflow.Chunk }.Select(overflow => Resolve(spec =>
                (spec.Prompt, spec.Steps, spec.PromptOverflow) = (Words(words), 2, overflow)))));
        Assert.Equal(images[0].Pixels, images[1].Pixels);
        Assert.NotEqual(images[2].Pixels, images[3].Pixels);
    }

    [Fact]
    public void Resolve_MoreChunksThanAllowed_NamesThePrompt()
    {
        Resolve(spec => (spec.Prompt, spec.PromptOverflow) = (Words(16 * Room), PromptOverflow.Chunk));
        var refusal = Assert.Throws<MeshException>(
            () => Resolve(spec => (spec.Prompt, spec.PromptOverflow) = (Words((16 * Room) + 1), PromptOverflow.Chunk)));
        Assert.Equal("spec.prompt", Assert.Single(refusal.Fields).Field);
    }

    [Theory]
    [InlineData(PromptOverflow.Unspecified)]
    [InlineData(PromptOverflow.Truncate)]
    public void Resolve_TruncateOrNothing_IsTheDefault(PromptOverflow overflow) =>
        Assert.Equal(PromptOverflow.Truncate, Resolve(spec => spec.PromptOverflow = overflow).Overflow);

    private static ResolvedImageSpec Resolve(Action<ImageSpec> change)
    {
        var spec = new ImageSpec { Prompt = "clear lungs", Width = 64, Height = 64 };
        change(spec);
        return ImageSpecResolver.Resolve(spec, [ShippedGenerator.OneThread]);
    }

    // "lungs" is one token of the shipped vocabulary.
    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("lungs", count));
}
