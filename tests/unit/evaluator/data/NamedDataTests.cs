using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using SynCxr.Mesh.Testkit.Sealed;
using SynCxr.Mesh.Torch.Contrastive;
using Xunit;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tests.Data;

/// <summary>Two tenants at one evaluator that takes names only.</summary>
public sealed class NamedDataTests : IDisposable
{
    private const string TokenA = "token-of-tenant-a", TokenB = "token-of-tenant-b", Secret = "s3cret-cell";
    private readonly ScratchFolder _scratch = new();

    public NamedDataTests()
    {
        RenderedChests.WriteClasses(_scratch["chests/data"], 6);
        File.WriteAllText(_scratch["chests/labels.csv"], $"{Secret},label\n{Secret},{Secret}\n");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task ZeroShot_NameBelowADataRoot_IsMeasuredForTheTenantThatMayReadIt()
    {
        await using var mesh = await StartAsync(new EvaluatorPeerSettings());

        var filled = await mesh.Client.CreateEvaluationAsync(Ask(ZeroShot("data/chests/data")), As(TokenA));
        var access = (await mesh.Client.ListModelsAsync(new ListModelsRequest(), As(TokenA))).Data;

        Assert.Equal("data/chests/data", filled.Evaluation.Spec.ZeroShot.Data.Name);
        Assert.Equal(["data/chests"], access.Roots);
        Assert.False(access.TakesPaths);
        Assert.Equal(["data/mine"], (await mesh.Client.ListModelsAsync(new ListModelsRequest(), As(TokenB))).Data.Roots);
    }

    [Theory]
    [InlineData("name", "data/chests/data", "data/nothing/data")]
    [InlineData("name", "{scratch}/chests/data", "{scratch}/nothing/data")]
    [InlineData("labels", "/proc/self/environ", "/proc/self/nothing")]
    [InlineData("labels", "data/chests/labels.csv", "data/nothing/labels.csv")]
    [InlineData("masks", "/etc/passwd", "/etc/nothing")]
    [InlineData("boxes", "/etc/passwd", "/etc/nothing")]
    [InlineData("model", "models/own", "models/nothing")]
    [InlineData("model", "own", "nothing")]
    [InlineData("model", "{scratch}/state/models/tenant-a/own", "{scratch}/state/models/tenant-a/nothing")]
    public async Task CreateEvaluation_WhatTheTenantMayNotRead_IsAsIfItDidNotExist(string field, string existing, string absent)
    {
        await using var mesh = await StartAsync(new EvaluatorPeerSettings());

        var (one, two) = (await RefuseAsync(mesh, field, existing), await RefuseAsync(mesh, field, absent));

        Assert.Equal(two, one);
    }

    [Fact]
    public async Task ZeroShot_DatasetByName_IsReadInPlaceOrCopiedForItsTenantOnly()
    {
        var settings = new EvaluatorPeerSettings { DatasetLocation = SealedSetFixture.Folder };
        await using var mesh = await StartAsync(settings);
        var spec = ZeroShot(SealedFolderPeer.Name, "dataset");
        spec.ZeroShot.Findings.Add("gout"); // refused only once the data are read
        var inPlace = await Assert.ThrowsAsync<RpcException>(async () => await mesh.Client.CreateEvaluationAsync(Ask(spec), As(TokenA)));
        settings.DatasetLocation = "/another/machine/datasets/one";
        var created = await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, As(TokenA));
        var copied = await EndOfAsync(mesh, created.Evaluation.Name);
        var others = await Assert.ThrowsAsync<RpcException>(async () => await mesh.Client.CreateEvaluationAsync(Ask(spec), As(TokenB)));
        var nobodys = ZeroShot("datasets/none", "dataset");
        var absent = await Assert.ThrowsAsync<RpcException>(async () => await mesh.Client.CreateEvaluationAsync(Ask(nobodys), As(TokenB)));

        Assert.Contains("'gout' is none of the", inPlace.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(inPlace.Status.Detail, copied.Failure.Message);
        Assert.True(Directory.Exists(_scratch["state/evaluator-cache/tenant-a/datasets/one"]));
        Assert.Equal(StatusCode.NotFound, others.StatusCode);
        Assert.Equal(absent.Status.Detail.Replace("none", "one", StringComparison.Ordinal), others.Status.Detail);
    }

    private Task<EvaluatorTestMesh> StartAsync(EvaluatorPeerSettings settings)
    {
        TinyVisionLanguageModel.Write(_scratch["state/models/tenant-a/own"], ContrastiveMethodNames.Convirt);
        return EvaluatorTestMesh.StartAsync(_scratch["state"], settings,
            [.. TestTokenFile.Write(_scratch["tokens.json"], (TokenA, "tenant-a"), (TokenB, "tenant-b")), "--Data:TakePaths=false",
                $"--Data:Roots:chests:Path={_scratch["chests"]}",
                "--Data:Roots:chests:Tenants:0=tenant-a", $"--Data:Roots:mine:Path={_scratch["chests"]}",
                "--Data:Roots:mine:Tenants:0=tenant-b"]);
    }

    /// <summary>What tenant B is told, without the name that it gave.</summary>
    private async Task<(StatusCode, string)> RefuseAsync(EvaluatorTestMesh mesh, string field, string name)
    {
        name = name.Replace("{scratch}", _scratch.Path, StringComparison.Ordinal);
        var spec = ZeroShot("data/mine/data", "table", field == "model" ? name : "cxr-tiny-convirt-real");
        var data = spec.ZeroShot.Data;
        _ = field switch
        {
            "name" => data.Name = name,
            "labels" => data.Labels = name,
            "masks" => data.Masks = name,
            "boxes" => data.Boxes = name,
            _ => name,
        };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await mesh.Client.CreateEvaluationAsync(Ask(spec), As(TokenB)));
        Assert.DoesNotContain(Secret, error.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(error.GetRpcStatus()!.GetDetail<BadRequest>());
        return (error.StatusCode, error.Status.Detail.Replace(name, "X", StringComparison.Ordinal));
    }

    private static async Task<Evaluation> EndOfAsync(EvaluatorTestMesh mesh, string name)
    {
        using var watch = mesh.Client.WatchEvaluation(new WatchEvaluationRequest { Name = name }, As(TokenA));
        var evaluation = new Evaluation();
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            evaluation = answer.Evaluation;
        return evaluation;
    }

    private static EvaluationSpec ZeroShot(string data, string layout = "folders", string model = "models/own") => new()
    {
        ZeroShot = new ZeroShotTask { Model = model, Data = new Wire.DataSource { Layout = layout, Name = data } },
    };

    private static CreateEvaluationRequest Ask(EvaluationSpec spec) => new() { Spec = spec, ValidateOnly = true };

    private static Metadata As(string token) => new() { { "authorization", "Bearer " + token } };
}
