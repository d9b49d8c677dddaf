using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Tenants;

/// <summary>A mesh with tokens, a data root for each of two tenants, and one of everything that belongs to tenant A.</summary>
public sealed class TwoTenantMesh : IAsyncLifetime
{
    /// <summary>Stands in what only tenant A may read.</summary>
    public const string Canary = "c4nary-of-tenant-a";

    private const string TokenA = "token-of-tenant-a", TokenB = "token-of-tenant-b";
    private readonly ScratchFolder _scratch = new();
    private SyncxrProcess? _process;
    private GrpcChannel? _channel;

    /// <summary>Calls as tenant A.</summary>
    public CallInvoker A { get; private set; } = null!;

    /// <summary>Calls as tenant B.</summary>
    public CallInvoker B { get; private set; } = null!;

    public string Address { get; private set; } = "";

    public string State => _scratch["state"];

    /// <summary>Ids and names of what belongs to tenant A, by kind.</summary>
    public Dictionary<string, string> OfA { get; } = [];

    public async ValueTask InitializeAsync()
    {
        WriteData();
        var port = TestPort.Reserve();
        string[] settings =
        [
            .. TestTokenFile.Write(_scratch["tokens.json"], (TokenA, "tenant-a"), (TokenB, "tenant-b")).Select(s => s.TrimStart('-')),
            $"Data:Roots:root-a:Path={_scratch["root-a"]}", "Data:Roots:root-a:Tenants:0=tenant-a",
            $"Data:Roots:root-b:Path={_scratch["root-b"]}", "Data:Roots:root-b:Tenants:0=tenant-b",
        ];
        _process = SyncxrProcess.StartCommand(["up", "--state", State, "--port", port.ToString(CultureInfo.InvariantCulture),
            "--json-port", TestPort.Reserve().ToString(CultureInfo.InvariantCulture),
            .. settings.SelectMany(s => new[] { "--set", s })]);
        var file = _scratch["state/up.json"];
        while (!File.Exists(file))
        {
            Assert.False(_process.HasExited, _process.Output + _process.Error);
            await Task.Delay(100);
        }

        await Task.Delay(200);
        using (var addresses = JsonDocument.Parse(await File.ReadAllTextAsync(file)))
            Address = addresses.RootElement.GetProperty("grpc").GetString()!;
        _channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions { MaxSendMessageSize = null });
        (A, B) = (As(TokenA), As(TokenB));
        await CreateForAAsync();
    }

    /// <summary>Fails where the process has ended, which no input of a client may cause.</summary>
    public void AssertAlive() => Assert.False(_process!.HasExited, _process.Output + _process.Error);

    /// <summary>What the mesh has logged.</summary>
    public string ReadLog() => File.ReadAllText(_scratch["state/mesh.log"]);

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        _scratch.Dispose();
    }

    private CallInvoker As(string token) => _channel!.Intercept(metadata =>
    {
        metadata.Add("authorization", "Bearer " + token);
        return metadata;
    });

    private void WriteData()
    {
        foreach (var root in new[] { "root-a", "root-b" })
        {
            for (var i = 0; i < 6; i++)
            {
                var folder = _scratch[$"{root}/images/{(i % 2 == 0 ? "normal" : "pneumonia")}"];
                Directory.CreateDirectory(folder);
                var factor = i + 1;
                byte[] pixels = [.. Enumerable.Range(0, 64 * 64).Select(p => (byte)(p * factor))];
                File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.png")),
                    ImageCodec.EncodePng(new GrayImage(64, 64, pixels)));
            }

            File.WriteAllText(_scratch[root + "/labels.csv"], $"{Canary},{Canary}\n{Canary},{Canary}\n");
        }

        Directory.CreateSymbolicLink(_scratch["root-b/out"], "/etc");
        Directory.CreateSymbolicLink(_scratch["root-b/to-a"], _scratch["root-a"]);
        File.WriteAllText(_scratch["root-b/labels.csv"], "image,label\n");
        Directory.CreateDirectory(_scratch["state/models/tenant-a/model-of-a"]);
        foreach (var file in new[] { "model.yaml", "weights.safetensors", "README.md" })
            File.WriteAllText(_scratch["state/models/tenant-a/model-of-a/" + file], Canary);
    }

    private async Task CreateForAAsync()
    {
        var dataset = await new DatasetService.DatasetServiceClient(A).CreateDatasetAsync(new CreateDatasetRequest
        {
            Spec = new DatasetSpec { Pairs = 1, Title = Canary },
        });
        var training = await new TrainerService.TrainerServiceClient(A).CreateTrainingAsync(new CreateTrainingRequest
        {
            Spec = new TrainingSpec
            {
                Recipe = "quality-judge",
                Preset = "test",
                ModelName = "judge-of-a",
                Steps = 1,
                Data = { "data/root-a/images" },
            },
        });
        var evaluation = await new EvaluatorService.EvaluatorServiceClient(A).CreateEvaluationAsync(new CreateEvaluationRequest
        {
            Spec = new EvaluationSpec
            {
                ZeroShot = new ZeroShotTask
                {
                    Model = "cxr-tiny-convirt-real",
                    Data = new DataSource { Layout = "folders", Name = "data/root-a/images" },
                    Resamples = 20,
                },
            },
        });
        var vocabulary = await new BalancerService.BalancerServiceClient(A).CreateVocabularyAsync(new CreateVocabularyRequest
        {
            VocabularyId = "words-of-a",
            Entities =
            {
                new Entity
                {
                    Id = "abnormality/canary", Term = Canary, Type = EntityType.Abnormality, Concept = "canary", Group = "lung",
                },
            },
        });
        var image = await new DiffusionService.DiffusionServiceClient(A).RenderImageAsync(new RenderImageRequest
        {
            Spec = new ImageSpec { Prompt = "No pneumonia.", Steps = 1 },
        });
        OfA["dataset"] = dataset.Dataset.Name;
        OfA["training"] = training.Training.Name;
        OfA["evaluation"] = evaluation.Evaluation.Name;
        OfA["vocabulary"] = vocabulary.Vocabulary.Name;
        OfA["object"] = image.Ref.Uri;
    }
}
