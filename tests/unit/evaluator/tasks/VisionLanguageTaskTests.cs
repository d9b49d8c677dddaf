using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Significance;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Contrastive;
using Xunit;
using static TorchSharp.torch;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tests.Tasks;

/// <summary>Tasks about image–text models, whole, over gRPC, on rendered chests.</summary>
public sealed class VisionLanguageTaskTests : IDisposable
{
    private const int Each = 12;
    private readonly ScratchFolder _scratch = new();

    public VisionLanguageTaskTests() => RenderedChests.WriteClasses(_scratch["data"], Each);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(ContrastiveMethodNames.Convirt)]
    [InlineData(ContrastiveMethodNames.Gloria)]
    public async Task ZeroShot_FoldersOfTwoClasses_GivesTheFiguresOfTheModelsOwnComparison(string method)
    {
        var model = TinyVisionLanguageModel.Write(_scratch["model"], method);
        await using var mesh = await StartAsync();
        var done = await mesh.RunAsync(new EvaluationSpec { ZeroShot = ZeroShot(model) });

        Assert.Null(done.Failure);
        Assert.Equal(["mean", "normal", "pneumonia"], done.Figures.Select(f => f.Finding).Distinct().Order());
        Assert.Equal(["accuracy", "accuracy_test_chosen", "auc", "average_precision", "f1", "f1_test_chosen", "kappa", "mcc"],
            done.Figures.Where(f => f.Finding == "normal").Select(f => f.Metric).Order());
        Assert.All(done.Figures,
            f => Assert.True(f.HasLow && f.Low <= f.Value + 1e-12 && f.Value <= f.High + 1e-12 && f.N == 2 * Each, f.ToString()));
        Assert.Equal(["figures.md", "prompts.json", "report.json", "roc.svg", "scores.tsv"],
            done.Artifacts.Select(a => a.Name.Split('/')[^1]).Order());
        Assert.Equal(ByHand(model), done.Figures.Single(f => f is { Finding: "pneumonia", Metric: "auc" }).Value, 0.01);
        double Figure(string metric) => done.Figures.Single(f => f.Finding == "pneumonia" && f.Metric == metric).Value;
        Assert.True(Figure("f1_test_chosen") >= Figure("f1"));
    }

    [Fact]
    public async Task ZeroShot_ImagesOfTheTrainingSet_AreRefusedWithTheCount()
    {
        var hash = Study.ImageHash(RenderedChests.Chest(0, isIll: false));
        var model = TinyVisionLanguageModel.Write(_scratch["model"], ContrastiveMethodNames.Convirt, [hash]);
        await using var mesh = await StartAsync();
        var done = await mesh.RunAsync(new EvaluationSpec { ZeroShot = ZeroShot(model) });

        Assert.Equal(EvaluationState.Failed, done.State);
        Assert.Equal(["spec.zero_shot.data"], done.Failure.Fields);
        Assert.Contains($"1 of {2 * Each} images overlap the training set", done.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ZeroShot_ThresholdsFromTheImagesThatAreMeasuredOn_AreRefusedWithTheCount()
    {
        var model = TinyVisionLanguageModel.Write(_scratch["model"], ContrastiveMethodNames.Convirt);
        await using var mesh = await StartAsync();
        var task = ZeroShot(model);
        task.Validation = task.Data;
        var done = await mesh.RunAsync(new EvaluationSpec { ZeroShot = task });

        Assert.Equal(["spec.zero_shot.validation"], done.Failure.Fields);
        Assert.Contains($"{2 * Each} of {2 * Each} images", done.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ZeroShot_AgainstAnotherModel_ComparesOnTheSameImages()
    {
        var one = TinyVisionLanguageModel.Write(_scratch["one"], ContrastiveMethodNames.Convirt);
        var same = TinyVisionLanguageModel.Write(_scratch["same"], ContrastiveMethodNames.Convirt);
        await using var mesh = await StartAsync();
        var task = ZeroShot(one);
        task.Against = same;
        var done = await mesh.RunAsync(new EvaluationSpec { ZeroShot = task });

        var difference = done.Figures.Single(f => f is { Finding: "normal", Metric: "auc_difference_to_same" });
        Assert.Equal((0, 0, 0), (difference.Value, difference.Low, difference.High));
        foreach (var p in new[] { "p_difference_to_same", "p_holm_difference_to_same", "delong_p_difference_to_same",
            "mcnemar_p_difference_to_same" })
            Assert.Equal(1, done.Figures.Single(f => f.Finding == "normal" && f.Metric == p).Value);
        Assert.Contains(done.Notes, n => n.StartsWith("Family of 2 differences", StringComparison.Ordinal)
            && n.EndsWith("survive: none.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Comparison_GroupsOfModels_GiveMeansAndPairedDifferencesOnTheSameImages()
    {
        string[] models = [TinyVisionLanguageModel.Write(_scratch["one"], ContrastiveMethodNames.Convirt),
            TinyVisionLanguageModel.Write(_scratch["two"], ContrastiveMethodNames.Gloria),
            TinyVisionLanguageModel.Write(_scratch["three"], ContrastiveMethodNames.Convirt)];
        await using var mesh = await StartAsync();
        async Task<double> Alone(string model) =>
            (await mesh.RunAsync(new EvaluationSpec { ZeroShot = ZeroShot(model) })).Figures.Single(
                f => f is { Finding: "pneumonia", Metric: "auc" }).Value;
        var task = new ComparisonTask
        {
            Groups = { new ModelGroup { Name = "first", Models = { models[0] } },
                new ModelGroup { Name = "both", Models = { models[0], models[1] } },
                new ModelGroup { Name = "same", Models = { models[2] } } },
            Data = new Wire.DataSource { Name = _scratch["data"] },
            Resamples = 100,
        };
        var done = await mesh.RunAsync(new EvaluationSpec { Comparison = task });

        Assert.Null(done.Failure);
        Figure Of(string metric) => done.Figures.Single(f => f.Finding == "pneumonia" && f.Metric == metric);
        var first = await Alone(models[0]);
        var second = await Alone(models[1]);
        Assert.Equal(first, Of("auc_first").Value, 1e-9);
        Assert.Equal((first + second) / 2, Of("auc_both").Value, 1e-9);
        Assert.Equal((second - first) / 2, Of("auc_difference_both").Value, 1e-9);
        Assert.Equal(Math.Abs(first - second) / Math.Sqrt(2), Of("auc_deviation_both").Value, 1e-9);
        Assert.Equal((0, 0, 0), (Of("auc_difference_same").Value, Of("auc_difference_same").Low, Of("auc_difference_same").High));
        Assert.Equal((1, 1), (Of("p_holm_difference_same").Value, Of("delong_p_difference_same").Value));
        double[] Values(string start) =>
            [.. done.Figures.Where(f => f.Metric.StartsWith(start, StringComparison.Ordinal)).Select(f => f.Value)];
        Assert.Contains(Values("p_difference_"), p => p < 1);
        Assert.Equal(PValueCorrections.Holm(Values("p_difference_")), Values("p_holm_difference_"));
        Assert.DoesNotContain(done.Figures, f => f.Metric == "delong_p_difference_both"); // two models: no pair of scores to compare
        Assert.True(Of("auc_both").High - Of("auc_both").Low >= Math.Abs(first - second), "an interval of two models reaches both");
        Assert.Contains(done.Notes, n => n.StartsWith("Family of 4 differences", StringComparison.Ordinal));
        Assert.Contains(done.Artifacts, a => a.Name.EndsWith("comparison.svg", StringComparison.Ordinal));
    }

    /// <summary>Other chests of the same kind are near; inverted ones are farther by every measure.</summary>
    [Fact]
    public async Task Distribution_SameKindAndAnother_AreNearAndFar()
    {
        await using var mesh = await StartAsync();
        var real = Chests("real", 0);
        async Task<Evaluation> Against(Wire.DataSource other)
        {
            var task = new DistributionTask { Real = real, Other = other, Resamples = 50 };
            var done = await mesh.RunAsync(new EvaluationSpec { Distribution = task });
            Assert.Null(done.Failure);
            return done;
        }

        var near = await Against(Chests("near", 100));
        var far = await Against(Chests("far", 200, isInverted: true));
        string[] distances = ["wasserstein_first_component", "ks_first_component", "frechet_distance", "kernel_distance"];
        Assert.Equal([.. distances, "precision", "recall", "density", "coverage"], near.Figures.Select(f => f.Metric));
        Assert.All(near.Figures.Concat(far.Figures),
            f => Assert.True(f is { Finding: "images", N: Each, HasLow: true } && f.Low <= f.Value + 1e-9, f.ToString()));
        Assert.All(distances,
            d => Assert.True(Value(far, d) > 1.5 * Math.Max(0, Value(near, d)), $"{d}: {Value(near, d)} and {Value(far, d)}"));
        Assert.True(Value(near, "precision") > Value(far, "precision"));
        Assert.Equal(["density-images.svg", "figures.md", "report.json"], near.Artifacts.Select(a => a.Name.Split('/')[^1]).Order());

        Wire.DataSource Chests(string name, int from, bool isInverted = false)
        {
            Directory.CreateDirectory(_scratch[$"{name}/chest"]);
            for (var i = 0; i < Each; i++)
            {
                var chest = RenderedChests.Chest(from + i, isIll: false);
                var image = isInverted ? new GrayImage(chest.Width, chest.Height, [.. chest.Pixels.Select(p => (byte)(255 - p))]) : chest;
                File.WriteAllBytes(_scratch[$"{name}/chest/{i:00}.png"], ImageCodec.EncodePng(image));
            }

            return new Wire.DataSource { Layout = "folders", Name = _scratch[name] };
        }

        static double Value(Evaluation done, string metric) => done.Figures.Single(f => f.Metric == metric).Value;
    }

    [Fact]
    public async Task Distribution_TooFewImages_NamesTheSide()
    {
        RenderedChests.WriteClasses(_scratch["few"], 3);
        await using var mesh = await StartAsync();
        var task = new DistributionTask
        {
            Real = new Wire.DataSource { Layout = "folders", Name = _scratch["data"] },
            Other = new Wire.DataSource { Layout = "folders", Name = _scratch["few"] },
        };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await mesh.RunAsync(new EvaluationSpec { Distribution = task }));
        Assert.Equal("spec.distribution.other", error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }

    [Fact]
    public async Task Segmentation_RenderedLungs_AreOutlinedByNetworksThatSawNoneOfTheirPatients()
    {
        RenderedChests.WriteMasks(_scratch["lungs"], 12);
        await using var mesh = await StartAsync();
        var data = new Wire.DataSource { Layout = "masks", Name = _scratch["lungs/png"], Masks = _scratch["lungs/masks"] };
        var done = await mesh.RunAsync(
            new EvaluationSpec { Segmentation = new SegmentationTask { Data = data, Folds = 2, Steps = 60, Side = 64, Resamples = 100 } });

        Assert.Null(done.Failure);
        var dice = done.Figures.Single(f => f.Metric == "dice");
        Assert.True(dice is { Value: > 0.9, N: 12, HasLow: true }, dice.ToString());
        var distance = done.Figures.Single(f => f.Metric == "hd95");
        Assert.True(distance is { Value: > 0 and < 16, N: 12, HasLow: true }, distance.ToString());
        var split = await mesh.ReadAsync(done.Artifacts.Single(a => a.Name.EndsWith("split.tsv", StringComparison.Ordinal)));
        var rows = split.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split('\t')).ToList();
        Assert.Equal(12, rows.Count);
        Assert.All(rows.GroupBy(r => r[1]), patient => Assert.Single(patient.Select(r => r[2]).Distinct()));
        Assert.Equal(["1", "2"], rows.Select(r => r[2]).Distinct().Order());
    }

    [Fact]
    public async Task FineTune_PatchInALung_IsLearntFromAllAndHardlyFromOne()
    {
        var model = TinyVisionLanguageModel.Write(_scratch["model"], ContrastiveMethodNames.Convirt);
        RenderedChests.WriteClasses(_scratch["test"], Each, from: 100);
        await using var mesh = await StartAsync();
        var task = new FineTuneTask
        {
            Model = model,
            Train = new Wire.DataSource { Name = _scratch["data"] },
            Test = new Wire.DataSource { Name = _scratch["test"] },
            Percent = { 1, 100 },
            Steps = 40,
            Resamples = 100,
        };
        var done = await mesh.RunAsync(new EvaluationSpec { FineTune = task });

        Assert.Null(done.Failure);
        double Auc(string metric) => done.Figures.Single(f => f.Finding == "pneumonia" && f.Metric == metric).Value;
        Assert.True(Auc("auc_full_100_percent") > 0.9, $"{Auc("auc_full_100_percent")}");
        Assert.InRange(Auc("auc_linear_100_percent"), 0.6, 1);
        Assert.Equal(4 * 5, done.Figures.Count(f => f.Finding == "normal"));
        Assert.InRange(Auc("mcc_full_100_percent"), 0.5, 1);
        Assert.InRange(Auc("calibration_error_full_100_percent"), 0, 0.5);
        Assert.Equal(4, done.Artifacts.Count(a => a.Name.Contains("/scores-", StringComparison.Ordinal)));
        Assert.StartsWith("image\tpatient\tfinding\tanswer\tscore\n",
            await mesh.ReadAsync(done.Artifacts.Single(a => a.Name.EndsWith("scores-full-100-percent.tsv", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        task.Test = task.Train;
        var refused = await mesh.RunAsync(new EvaluationSpec { FineTune = task });
        Assert.Equal(["spec.fine_tune.test"], refused.Failure.Fields);
        Assert.StartsWith($"spec.fine_tune.test: {2 * Each} of {2 * Each} images", refused.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ContrastiveMethodNames.Convirt)]
    [InlineData(ContrastiveMethodNames.Gloria)]
    public async Task Grounding_Masks_GivesPointingGameDiceAndIou(string method)
    {
        RenderedChests.WriteMasks(_scratch["lungs"], 6);
        var model = TinyVisionLanguageModel.Write(_scratch["model"], method);
        await using var mesh = await StartAsync();
        var data = new Wire.DataSource { Layout = "masks", Name = _scratch["lungs/png"], Masks = _scratch["lungs/masks"] };
        var done = await mesh.RunAsync(
            new EvaluationSpec { Grounding = new GroundingTask { Model = model, Data = data, Resamples = 100 } });

        Assert.Null(done.Failure);
        Assert.Equal(["dice", "dice_test_chosen", "iou", "iou_test_chosen", "pointing_game", "pointing_game_of_chance"],
            done.Figures.Select(f => f.Metric).Order());
        Assert.All(done.Figures, f => Assert.True(f is { Value: >= 0 and <= 1, N: 6, HasLow: true }, f.ToString()));
        Assert.InRange(done.Figures.Single(f => f.Metric == "pointing_game_of_chance").Value, 0.15, 0.35);
    }

    [Fact]
    public async Task Grounding_MasksThatMarkNothing_AreRefused()
    {
        RenderedChests.WriteMasks(_scratch["lungs"], 2);
        foreach (var mask in Directory.GetFiles(_scratch["lungs/masks"]))
            File.WriteAllBytes(mask, ImageCodec.EncodePng(new GrayImage(96, 96, new byte[96 * 96])));
        var model = TinyVisionLanguageModel.Write(_scratch["model"], ContrastiveMethodNames.Convirt);
        await using var mesh = await StartAsync();
        var data = new Wire.DataSource { Layout = "masks", Name = _scratch["lungs/png"], Masks = _scratch["lungs/masks"] };
        var done = await mesh.RunAsync(new EvaluationSpec { Grounding = new GroundingTask { Model = model, Data = data } });

        Assert.Equal(["spec.grounding.data"], done.Failure.Fields);
        Assert.Contains("is too small", done.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.zero_shot.model", "no model")]
    [InlineData("spec.zero_shot.model", "broken model")]
    [InlineData("spec.zero_shot.model", "two models")]
    [InlineData("spec.zero_shot.data.layout", "layout")]
    [InlineData("spec.zero_shot.data.name", "folder")]
    [InlineData("spec.zero_shot.data", "no data")]
    [InlineData("spec.zero_shot.data", "one class")]
    [InlineData("spec.zero_shot.findings[0]", "finding")]
    [InlineData("spec.segmentation.folds", "folds")]
    [InlineData("spec.segmentation.side", "side")]
    [InlineData("spec.segmentation.data", "no masks")]
    [InlineData("spec.fine_tune.percent", "percent")]
    [InlineData("spec.fine_tune.test", "test without the findings")]
    [InlineData("spec.grounding.data", "no boxes")]
    [InlineData("spec.comparison.groups", "one group")]
    [InlineData("spec.comparison.groups[1].name", "two groups of one name")]
    [InlineData("spec.comparison.groups[1].models[0]", "group of nobody")]
    public async Task CreateEvaluation_BadInput_IsRefusedWithTheField(string field, string what)
    {
        var model = TinyVisionLanguageModel.Write(_scratch["model"], ContrastiveMethodNames.Convirt);
        RenderedChests.WriteMasks(_scratch["lungs"], 4);
        Directory.CreateDirectory(_scratch["other/cats"]);
        File.WriteAllBytes(_scratch["other/cats/1.png"], ImageCodec.EncodePng(RenderedChests.Chest(1, isIll: false)));
        var zero = ZeroShot(model);
        var data = new Wire.DataSource { Name = _scratch["data"] };
        var masks = new Wire.DataSource { Layout = "masks", Name = _scratch["lungs/png"], Masks = _scratch["lungs/masks"] };
        var segmentation = new SegmentationTask { Data = masks, Folds = 2 };
        var tune = new FineTuneTask { Model = model, Train = data };
        var spec = new EvaluationSpec { ZeroShot = zero };
        switch (what)
        {
            case "no model": zero.Model = "nobody"; break;
            case "broken model": File.AppendAllText(Path.Combine(model, VisionLanguageModel.WeightsFile), "x"); break;
            // the other one ships
            case "two models":
                zero.Model = Path.GetFileName(
                TinyVisionLanguageModel.Write(_scratch["state/models/local/cxr-tiny-convirt-real"], ContrastiveMethodNames.Convirt)); break;
            case "layout": zero.Data.Layout = "zip"; break;
            case "folder": zero.Data.Name = _scratch["absent"]; break;
            case "no data": zero.Data = null; break;
            case "one class": zero.Data.Name = _scratch["other"]; break;
            case "finding": zero.Findings.Add("gout"); break;
            case "folds": (segmentation.Folds, spec) = (3, new EvaluationSpec { Segmentation = segmentation }); break;
            case "side": (segmentation.Side, spec) = (100, new EvaluationSpec { Segmentation = segmentation }); break;
            case "no masks": (segmentation.Data, spec) = (data, new EvaluationSpec { Segmentation = segmentation }); break;
            case "percent": tune.Percent.Add(0); spec = new EvaluationSpec { FineTune = tune }; break;
            case "test without the findings":
                tune.Test = new Wire.DataSource
                {
                    Name = _scratch["other"],
                }; spec = new EvaluationSpec { FineTune = tune }; break;
            case "one group": spec = Groups(("a", model)); break;
            case "two groups of one name": spec = Groups(("a", model), ("a", model)); break;
            case "group of nobody": spec = Groups(("a", model), ("b", "nobody")); break;
            default: spec = new EvaluationSpec { Grounding = new GroundingTask { Model = model, Data = data } }; break;
        }

        EvaluationSpec Groups(params (string Name, string Model)[] groups) =>
            new()
            {
                Comparison = new ComparisonTask
                {
                    Data = data,
                    Groups = { groups.Select(g => new ModelGroup { Name = g.Name, Models = { g.Model } }) },
                },
            };
        await using var mesh = await StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(field, Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
    }

    [Fact]
    public async Task ListModels_ModelPath_IsListed()
    {
        TinyVisionLanguageModel.Write(_scratch["mine"], ContrastiveMethodNames.Convirt);
        await using var mesh = await StartAsync($"--Evaluator:ModelPaths:0={_scratch["mine"]}");
        var listed = (await mesh.Client.ListModelsAsync(new ListModelsRequest())).Models;

        Assert.Contains(listed, m => m is { Name: "mine", Kind: Wire.ModelKind.VisionLanguage, Digest.Length: 64 });
    }

    private Task<EvaluatorTestMesh> StartAsync(params string[] options) =>
        EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings(), options);

    private ZeroShotTask ZeroShot(string model) => new()
    {
        Model = model,
        Data = new Wire.DataSource { Layout = "folders", Name = _scratch["data"] },
        Resamples = 100,
    };

    /// <summary>Mean similarity to the two positive prompts less that to the two negative ones, and the share of pairs in order.</summary>
    private double ByHand(string folder)
    {
        using var scope = NewDisposeScope();
        using var model = VisionLanguageModel.Open(folder);
        double[] Score(string label) =>
        [
            .. Directory.EnumerateFiles(Path.Combine(_scratch["data"], label)).Order(StringComparer.Ordinal).Select(f =>
            {
                var s = model.Similarity([ImageCodec.DecodeGray(File.ReadAllBytes(f), f)],
                    ["There is pneumonia.", "Pneumonia.", "There is no pneumonia.", "The lungs are clear."]).data<float>().ToArray();
                return (double)(s[0] + s[1] - s[2] - s[3]) / 2;
            }),
        ];
        return RocAuc.Calculate(Score("pneumonia"), Score("normal"));
    }
}
