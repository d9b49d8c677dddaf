using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

/// <summary>The service with <c>Diffusion:ModelRoot</c>: models that are loaded when a request names them.</summary>
public sealed class AddedModelTests : IAsyncLifetime
{
    private readonly ScratchFolder _scratch = new();
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;
    private V1.DiffusionService.DiffusionServiceClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        AddModel("second");
        AddModel("damaged");
        var unet = Path.Combine(_scratch["models"], "damaged", "unet", "model.onnx");
        await File.WriteAllBytesAsync(unet, (await File.ReadAllBytesAsync(unet))[..1000]);
        AddModel("cxr-tiny-generator"); // the name of the model that is loaded at start
        Directory.CreateDirectory(Path.Combine(_scratch["models"], "unreadable"));
        await File.WriteAllTextAsync(Path.Combine(_scratch["models"], "unreadable", ModelFolder.CardFile), "name: [");
        AddModel(".being-written.part");
        _app = DiffusionHostFixture.Build($"--Storage:Root={_scratch["state"]}", $"--Diffusion:ModelRoot={_scratch["models"]}");
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_app)[0]);
        _client = new V1.DiffusionService.DiffusionServiceClient(_channel);
        using var watch = new Health.HealthClient(_channel).Watch(new HealthCheckRequest { Service = "ready" });
        while (await watch.ResponseStream.MoveNext(CancellationToken.None)
            && watch.ResponseStream.Current.Status != HealthCheckResponse.Types.ServingStatus.Serving)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task ListModels_ModelsOfTheRoot_AreListedUnloadedUntilNamed()
    {
        var models = (await _client.ListModelsAsync(new ListModelsRequest())).Models;
        Assert.Equal(["cxr-tiny-generator", "damaged", "second"], models.Select(model => model.Name));
        Assert.Null(models[2].ImageLimits);
        Assert.Equal((64, ModelFolder.DigestOf(Path.Combine(_scratch["models"], "second"))),
            (models[2].ImageDefaults.Width, models[2].Digest));

        models = (await _client.ListModelsAsync(new ListModelsRequest { Model = "second" })).Models;

        Assert.NotNull(models[2].ImageLimits);
        Assert.Equal(models[0].ImageLimits, models[2].ImageLimits);
        Assert.Null(models[1].ImageLimits);
    }

    [Fact]
    public async Task RenderImage_ModelOfTheRoot_RendersWithItAndWithTheDefaultBeside()
    {
        var images = await Task.WhenAll(new[] { "second", "", "second" }.Select(async model => (await _client.RenderImageAsync(
            new RenderImageRequest { Spec = new ImageSpec { Prompt = "clear lungs", Model = model, Steps = 2 } })).Image));

        Assert.Equal(["second", "cxr-tiny-generator", "second"], images.Select(image => image.Generator.Model));
        Assert.Equal(images[0].PixelsSha256, images[1].PixelsSha256); // the same weights
    }

    [Theory]
    [InlineData("damaged", "damaged/unet/model.onnx")]
    [InlineData("unreadable", "unreadable/model.yaml")]
    [InlineData("no-such-model", "this replica has cxr-tiny-generator, damaged, second")]
    public async Task RenderImage_ModelThatCannotBeLoaded_IsRefusedByNameAndStopsNobody(string name, string named)
    {
        var request = new RenderImageRequest { Spec = new ImageSpec { Prompt = "clear lungs", Model = name, Steps = 2 } };

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await _client.RenderImageAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        var violation = Assert.Single(refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal("spec.model", violation.Field);
        Assert.Contains(named, violation.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(_scratch["models"], violation.Description, StringComparison.Ordinal);
        request.Spec.Model = "second";
        Assert.Equal("second", (await _client.RenderImageAsync(request)).Image.Generator.Model);
    }

    [Fact]
    public async Task RenderImage_ModelAddedAfterTheStart_IsFound()
    {
        AddModel("late");

        var image = (await _client.RenderImageAsync(
            new RenderImageRequest { Spec = new ImageSpec { Prompt = "clear lungs", Model = "late", Steps = 2 } })).Image;

        Assert.Equal("late", image.Generator.Model);
    }

    private void AddModel(string name)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, DiffusionOptions.ShippedModel);
        var target = Path.Combine(_scratch["models"], name);
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var card = Path.Combine(target, ModelFolder.CardFile);
        File.WriteAllText(card, File.ReadAllText(card).Replace("name: cxr-tiny-generator", $"name: {name}", StringComparison.Ordinal));
        File.Delete(Path.Combine(target, ModelFolder.SumsFile));
        _ = ModelFolder.WriteSums(target);
    }
}
