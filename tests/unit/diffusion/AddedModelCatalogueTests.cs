using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

/// <summary>
/// What a load that failed means for the next one: a fault of the machine passes, a wrong model stays wrong until it changes.
/// </summary>
public sealed class AddedModelCatalogueTests : IDisposable
{
    private const string Field = "spec.model";
    private readonly ScratchFolder _scratch = new();
    private readonly string _folder;
    private readonly AddedModelCatalogue _catalogue;
    private Exception? _fault;
    private int _loads;

    public AddedModelCatalogueTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_scratch.Path, "mine")).FullName;
        File.WriteAllText(Path.Combine(_folder, ModelFolder.CardFile),
            "name: mine\nversion: 1\nkind: latent-diffusion\nlicence: none\n"
                + "defaults: {steps: 5, guidance: 7.5, scheduler: ddim, width: 64, height: 64}\n");
        WriteWeights("first");
        _catalogue = new AddedModelCatalogue(_scratch.Path, [], Load, NullLogger.Instance);
    }

    public void Dispose()
    {
        _catalogue.Dispose();
        _scratch.Dispose();
    }

    public static TheoryData<string> PassingFaults => ["disk", "memory", "permission"];

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task LoadAsync_FaultOfTheMachine_IsNotThereForTheNextRequest(string kind)
    {
        _fault = kind switch
        {
            "disk" => new IOException($"{_folder}/unet.onnx: no space"),
            "memory" => new InsufficientMemoryException("no memory"),
            _ => new UnauthorizedAccessException($"{_folder}/unet.onnx: denied"),
        };
        var refusal = await Assert.ThrowsAsync<MeshException>(() => LoadAsync(Find()));
        Assert.Equal(ErrorReasons.ModelNotLoaded, refusal.Reason);
        Assert.NotNull(refusal.RetryAfter);
        Assert.DoesNotContain(_folder, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Find().Problem);

        _fault = null;

        Assert.NotNull(await LoadAsync(Find()));
        Assert.Same(await LoadAsync(Find()), Find().Engine);
        Assert.Equal(2, _loads);
    }

    [Fact]
    public async Task LoadAsync_WrongModel_StaysRefusedUntilAFileOfItChanges()
    {
        _fault = new InvalidDataException($"{_folder}/unet.onnx: has another SHA-256");
        for (var i = 0; i < 2; i++)
        {
            var refusal = await Assert.ThrowsAsync<MeshException>(() => LoadAsync(Find()));
            Assert.Equal(ErrorReasons.InvalidField, refusal.Reason);
            Assert.EndsWith("mine/unet.onnx: has another SHA-256", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(1, _loads);
        Assert.NotEmpty(Find().Problem);

        _fault = null;
        WriteWeights("those that were meant");

        Assert.Empty(Find().Problem);
        Assert.NotNull(await LoadAsync(Find()));
        Assert.Equal(2, _loads);
    }

    [Fact]
    public async Task List_LoadedModelWhoseOtherFilesChange_StaysTheSame()
    {
        var engine = await LoadAsync(Find());
        WriteWeights("others");
        Assert.Same(engine, Find().Engine);
    }

    private AddedModel Find() => Assert.Single(_catalogue.List([]));

    private static Task<IDiffusionEngine> LoadAsync(AddedModel model) => model.LoadAsync(Field, TestContext.Current.CancellationToken);

    private FixedCostEngine Load(string folder)
    {
        _loads++;
        return _fault is null ? new FixedCostEngine(folder, TimeSpan.Zero, TimeProvider.System) : throw _fault;
    }

    private void WriteWeights(string text) => File.WriteAllText(Path.Combine(_folder, "unet.onnx"), text);
}
