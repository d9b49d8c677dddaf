using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit.Calls;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Tenants;

/// <summary>
/// Tenant B puts paths, names and ids of tenant A and of the host into every string field of every request: nothing of them is in an
/// answer, and no answer tells whether they exist.
/// </summary>
public sealed class TwoTenantAttackTests(TwoTenantMesh mesh) : IClassFixture<TwoTenantMesh>
{
    private const string Placeholder = "⟨name⟩";
    private static readonly string[] _forbidden = [TwoTenantMesh.Canary, "PATH=", "root:x:"];

    /// <summary>Last parts of fields that name something. The others get two values, since each costs a call.</summary>
    private static readonly HashSet<string> _naming =
    [
        "name", "labels", "masks", "boxes", "data", "outside", "model", "models", "against", "generator", "judge", "prompts",
        "image_weights", "text_weights", "uri", "sha256", "parent", "path", "vocabulary", "page_token", "model_name",
    ];

    private static readonly byte[] _png = ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64]));

    private static readonly FileDescriptor[] _contracts =
    [
        TrainerReflection.Descriptor, EvaluatorReflection.Descriptor, DatasetReflection.Descriptor, CurationReflection.Descriptor,
        DiffusionReflection.Descriptor, ReportReflection.Descriptor, BalancerReflection.Descriptor,
    ];

    public static TheoryData<string> Methods =>
        [.. _contracts.SelectMany(c => c.Services).SelectMany(s => s.Methods).Select(m => m.FullName)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task EveryStringField_NameOfAnotherTenantOrOfTheHost_IsAsIfItDidNotExist(string name)
    {
        var method = Find(name);
        foreach (var field in FindFields(method))
        {
            foreach (var (existing, absent) in _naming.Contains(field.Name) ? Names() : Names().Take(2))
            {
                foreach (var request in Requests(method, field))
                {
                    var one = await CallAsync(method, field, request, existing);
                    var two = await CallAsync(method, field, request, absent);
                    Assert.True(one == two, $"{name} {field.Path}: '{existing}' gives\n{one}\nand '{absent}' gives\n{two}");
                }
            }
        }

        mesh.AssertAlive();
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task EveryStringField_LongOrWithControlCharacters_IsRefusedInBounds(string name)
    {
        var method = Find(name);
        foreach (var field in FindFields(method))
        {
            foreach (var value in new[] { new string('n', 70_000), new string('é', 70_000), "x\r\n2026-11-30 forged line\u001b[31m" })
            {
                foreach (var request in Requests(method, field))
                {
                    var outcome = await CallAsync(method, field, request, value);
                    Assert.False(outcome.StartsWith("ResourceExhausted", StringComparison.Ordinal), $"{name} {field.Path}: {outcome}");
                    Assert.InRange(outcome.Length, 1, 4000);
                    Assert.DoesNotContain('\u001b', outcome);
                }
            }
        }

        Assert.DoesNotContain("\n2026-11-30 forged line", mesh.ReadLog(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_OfTenantB_HoldNothingOfTenantA()
    {
        foreach (var method in _contracts.SelectMany(c => c.Services).SelectMany(s => s.Methods)
            .Where(m => m.Name.StartsWith("List", StringComparison.Ordinal)))
        {
            var (_, answer) = await InvokeAsync(mesh.B, method, method.InputType.Parser.ParseFrom(ByteString.Empty));
            AssertNothingOfA(method.FullName, answer);
            Assert.All(mesh.OfA.Values, id => Assert.DoesNotContain(id, answer, StringComparison.Ordinal));
            Assert.DoesNotContain("model-of-a", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("root-a", answer, StringComparison.Ordinal);
        }
    }

    /// <summary>Callers with a token are told names: where the mesh keeps its files is its operator's business.</summary>
    [Fact]
    public async Task Answers_ToTheOwner_HoldNamesAndNoPathOfTheServer()
    {
        var (datasets, trainings) = (new DatasetService.DatasetServiceClient(mesh.A), new TrainerService.TrainerServiceClient(mesh.A));
        ImageReportDataset? dataset = null;
        using (var watch = datasets.WatchDataset(new WatchDatasetRequest { Name = mesh.OfA["dataset"] }))
        {
            while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
                dataset = watch.ResponseStream.Current.Dataset;
        }

        TrainingRun? training = null;
        using (var watch = trainings.WatchTraining(new WatchTrainingRequest { Name = mesh.OfA["training"] }))
        {
            while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
                training = watch.ResponseStream.Current.Training;
        }

        Assert.Equal((DatasetState.Sealed, mesh.OfA["dataset"]), (dataset!.State, dataset.Location));
        Assert.Equal((TrainingState.Succeeded, "models/judge-of-a"), (training!.State, training.ModelFolder));
        foreach (var method in _contracts.SelectMany(c => c.Services).SelectMany(s => s.Methods)
            .Where(m => m.Name.StartsWith("List", StringComparison.Ordinal) || m.Name.StartsWith("Get", StringComparison.Ordinal)))
        {
            var request = method.InputType.Parser.ParseFrom(ByteString.Empty);
            var kind = method.Name["Get".Length..].ToLowerInvariant();
            if (method.InputType.FindFieldByName("name") is { } name && mesh.OfA.TryGetValue(kind, out var own))
                name.Accessor.SetValue(request, own);
            var (_, answer) = await InvokeAsync(mesh.A, method, request);
            Assert.DoesNotContain(mesh.State, answer, StringComparison.Ordinal);
        }
    }

    /// <summary>What the attack is held against: for tenant A all of it is there.</summary>
    [Fact]
    public async Task Names_OfTenantA_AreThereForTenantA()
    {
        Assert.Equal(mesh.OfA["dataset"], (await new DatasetService.DatasetServiceClient(mesh.A).GetDatasetAsync(
            new GetDatasetRequest { Name = mesh.OfA["dataset"] })).Dataset.Name);
        Assert.Equal(mesh.OfA["training"], (await new TrainerService.TrainerServiceClient(mesh.A).GetTrainingAsync(
            new GetTrainingRequest { Name = mesh.OfA["training"] })).Training.Name);
        Assert.Equal(mesh.OfA["evaluation"], (await new EvaluatorService.EvaluatorServiceClient(mesh.A).GetEvaluationAsync(
            new GetEvaluationRequest { Name = mesh.OfA["evaluation"] })).Evaluation.Name);
        Assert.Equal(["data/root-a"], (await new TrainerService.TrainerServiceClient(mesh.A).ListRecipesAsync(new ListRecipesRequest()))
            .Data.Roots);
        Assert.Equal(["data/root-b"], (await new TrainerService.TrainerServiceClient(mesh.B).ListRecipesAsync(new ListRecipesRequest()))
            .Data.Roots);
        await new TrainerService.TrainerServiceClient(mesh.B).CreateTrainingAsync(new CreateTrainingRequest
        {
            Spec = new TrainingSpec { Recipe = "quality-judge", Preset = "test", ModelName = "b", Data = { "data/root-b/images" } },
            ValidateOnly = true,
        });
        var uri = mesh.OfA["object"];
        Assert.NotEmpty((await new CurationService.CurationServiceClient(mesh.A).EmbedImagesAsync(new EmbedImagesRequest
        {
            Images = { new ImageSource { Ref = new ImageRef { Uri = uri, Sha256 = uri[^64..] } } },
        })).Embeddings);
    }

    /// <summary>Something of tenant A or of the host, and what is like it but does not exist.</summary>
    private IEnumerable<(string Existing, string Absent)> Names()
    {
        var digest = mesh.OfA["object"][^64..];
        yield return ("/proc/self/environ", "/proc/self/nothing");
        yield return (mesh.OfA["dataset"], Other(mesh.OfA["dataset"]));
        yield return (mesh.OfA["training"], Other(mesh.OfA["training"]));
        yield return (mesh.OfA["evaluation"], Other(mesh.OfA["evaluation"]));
        yield return (mesh.OfA["evaluation"] + "/artifacts/report.json", Other(mesh.OfA["evaluation"]) + "/artifacts/report.json");
        yield return (mesh.OfA["vocabulary"], "vocabularies/words-of-b");
        yield return (mesh.OfA["object"], Other(mesh.OfA["object"]));
        yield return ("models/model-of-a", "models/model-of-b");
        yield return ("model-of-a", "model-of-b");
        yield return ("data/root-a/labels.csv", "data/root-n/labels.csv");
        yield return ("data/root-b/out/passwd", "data/root-b/out/nothing");
        yield return ("data/root-b/to-a/labels.csv", "data/root-b/to-a/nothing.csv");
        yield return ("data/root-b/../root-a/labels.csv", "data/root-b/../root-a/nothing.csv");
        yield return ($"{mesh.State}/models/tenant-a/model-of-a", $"{mesh.State}/models/tenant-a/model-of-n");
        yield return ("../tenant-a/model-of-a", "../tenant-a/model-of-n");
        yield return ("/etc/passwd", "/etc/nothing");
        yield return ("..%2f..%2f..%2fetc%2fpasswd", "..%2f..%2f..%2fetc%2fnothing");
        yield return ($"objects/tenant-a/{digest}", $"objects/tenant-n/{digest}");
    }

    private static string Other(string name) => name[..^4] + (name.EndsWith("0000", StringComparison.Ordinal) ? "0001" : "0000");

    /// <summary>The Structs of requests are the evaluations that follow a training.</summary>
    private static IEnumerable<RequestStringField> FindFields(MethodDescriptor method) =>
        RequestStringField.FindAll(method.InputType, EvaluationSpec.Descriptor);

    private static MethodDescriptor Find(string name) =>
        _contracts.SelectMany(c => c.Services).SelectMany(s => s.Methods).Single(m => m.FullName == name);

    /// <summary>Requests that are well but for the field, so that it is looked at.</summary>
    private static IEnumerable<IMessage> Requests(MethodDescriptor method, RequestStringField field)
    {
        switch (method.Name)
        {
            case "CreateTraining":
                var isFolder = field.Path == "spec.data";
                var training = new TrainingSpec { Recipe = isFolder ? "quality-judge" : "convirt", Preset = "test", ModelName = "of-b" };
                if (!isFolder)
                    training.Sources.Add(
                        new DataSource { Layout = "table", Name = "data/root-b/images", Labels = "data/root-b/labels.csv" });
                if (field.Path.StartsWith("spec.validation", StringComparison.Ordinal))
                    training.Validation.Add(training.Sources[0].Clone());
                yield return new CreateTrainingRequest { Spec = training, ValidateOnly = true };
                break;
            case "CreateEvaluation":
                yield return new CreateEvaluationRequest { ValidateOnly = true };
                break;
            case "CreateDataset":
                var dataset = new DatasetSpec { Pairs = 1 };
                if (field.Path.StartsWith("spec.train", StringComparison.Ordinal))
                    dataset.Train = new TrainingSpec { Recipe = "convirt", Preset = "test", ModelName = "of-b" };
                yield return new CreateDatasetRequest { Spec = dataset, ValidateOnly = true };
                break;
            case "GenerateImage":
                yield return new GenerateImageRequest { Spec = new ImageSpec { Prompt = "x", Steps = 1 } };
                break;
            case "RenderImage":
                yield return new RenderImageRequest { Spec = new ImageSpec { Prompt = "x", Steps = 1 } };
                break;
            case "AssessImage":
                yield return new AssessImageRequest { Image = new ImageSource { Content = ByteString.CopyFrom(_png) } };
                break;
            case "EmbedImages":
                yield return new EmbedImagesRequest { Images = { new ImageSource { Content = ByteString.CopyFrom(_png) } } };
                break;
            case "ReadDatasetFile":
                yield return new ReadDatasetFileRequest { Name = "datasets/none", Path = "manifest.json" };
                break;
            default:
                yield return method.InputType.Parser.ParseFrom(ByteString.Empty);
                break;
        }
    }

    /// <summary>The outcome of a call with a value in a field, with a placeholder for the value.</summary>
    private async Task<string> CallAsync(MethodDescriptor method, RequestStringField field, IMessage request, string value)
    {
        request = request.Descriptor.Parser.ParseFrom(request.ToByteArray());
        field.Set(request, value);
        if (field.Path.EndsWith("ref.uri", StringComparison.Ordinal) && value.Length > 64)
            (field with { Fields = [.. field.Fields.SkipLast(1), ImageRef.Descriptor.FindFieldByName("sha256")] })
                .Set(request, value[^64..]);
        var (status, answer) = await InvokeAsync(mesh.B, method, request);
        if (status is null)
        {
            AssertNothingOfA($"{method.FullName} {field.Path} = {value}", answer.Replace(value, "", StringComparison.Ordinal));
            return "OK";
        }

        Assert.True(status.Code is not ((int)StatusCode.Internal or (int)StatusCode.Unknown), $"{method.FullName} {field.Path}: {status}");
        AssertNothingOfA($"{method.FullName} {field.Path} = {value}", status.Message);
        var violations = string.Join('|', status.GetDetail<BadRequest>()?.FieldViolations.Select(v => v.Field) ?? []);
        Assert.Single(status.Details, d => d.Is(ErrorInfo.Descriptor));
        return $"{(StatusCode)status.Code} {violations} {status.Message}".Replace(value, Placeholder, StringComparison.Ordinal)
            .Replace(value.Length > 64 ? value[^64..] : value, Placeholder, StringComparison.Ordinal)
            .Replace(value.Split("/artifacts/")[0], Placeholder, StringComparison.Ordinal);
    }

    private static void AssertNothingOfA(string call, string answer) => Assert.All(_forbidden,
        word => Assert.False(answer.Contains(word, StringComparison.Ordinal), $"{call}: the answer holds '{word}': {answer}"));

    /// <summary>Calls a method, whatever its types.</summary>
    /// <returns>Null for OK; and the answers as JSON, those of a stream one after the other, at most three.</returns>
    private static async Task<(Google.Rpc.Status? Status, string Answer)> InvokeAsync(CallInvoker invoker, MethodDescriptor method,
        IMessage request)
    {
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(60));
        var typed = new Method<IMessage, IMessage>(method.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary,
            method.Service.FullName, method.Name,
            Marshallers.Create<IMessage>(m => m.ToByteArray(), _ => throw new NotSupportedException()),
            Marshallers.Create<IMessage>(_ => throw new NotSupportedException(), bytes => method.OutputType.Parser.ParseFrom(bytes)));
        try
        {
            if (!method.IsServerStreaming)
                return (null, (await invoker.AsyncUnaryCall(typed, null, options, request)).ToString()!);
            using var call = invoker.AsyncServerStreamingCall(typed, null, options, request);
            var answers = new StringBuilder();
            for (var i = 0; i < 3 && await call.ResponseStream.MoveNext(CancellationToken.None); i++)
                answers.Append(call.ResponseStream.Current);
            return (null, answers.ToString());
        }
        catch (RpcException error)
        {
            return (error.GetRpcStatus() ?? new Google.Rpc.Status { Code = (int)error.StatusCode, Message = error.Status.Detail }, "");
        }
    }
}
