using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Networks;

/// <summary>Encoders under the names that torchvision, timm and transformers write, against what PyTorch computes of them.</summary>
[Collection("torch")]
public sealed class ForeignEncoderGoldenTests
{
    private const string Name = "safetensors-goldens";
    private const double Tolerance = 1e-4;

    private static readonly string[] _torchvisionWays = ["as it is", "without num_batches_tracked", "under module."];

    [GoldenFact("safetensors-goldens")]
    public void ReadTorchvision_BothBlocks_ComputesAsPyTorch()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = from network in new[] { "resnet-basic", "resnet-bottleneck" }
                    from way in _torchvisionWays
                    from input in new[] { "0", "1", "2" }
                    select (Network: network, Way: way, Input: input);
        GoldenCases.Run($"{Name}/resnet", cases, c => $"{c.Network}/{c.Input} {c.Way}", c =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var tensors = Safetensors.Load(folder.Resolve($"{c.Network}/model.safetensors")).Tensors;
            if (c.Way == _torchvisionWays[1])
                tensors = tensors.Where(t => !t.Key.EndsWith(".num_batches_tracked", StringComparison.Ordinal)).ToDictionary();
            else if (c.Way == _torchvisionWays[2])
                tensors = tensors.ToDictionary(t => "module." + t.Key, t => t.Value);
            var isBottleneck = c.Network == "resnet-bottleneck";
            using var network = new ResNet(new ResNetConfig(isBottleneck ? [1, 1, 1, 1] : [2, 1, 1, 1], isBottleneck, 16));
            var weights = ResNetFolderReader.ReadTorchvision(tensors);
            ModuleWeights.Load(network, weights.Tensors);
            network.eval();

            var answers = Safetensors.Load(folder.Resolve($"{c.Network}/answers.safetensors")).Tensors;
            var stages = network.Stages(answers[$"{c.Input}.pixels"]);
            for (var stage = 1; stage <= 4; stage++)
            {
                if (answers.TryGetValue($"{c.Input}.layer{stage}", out var answer))
                    CheckClose(answer, stages[stage]);
            }

            var pooled = network.forward(answers[$"{c.Input}.pixels"]).Features;
            CheckClose(answers[$"{c.Input}.pooled"], pooled);
            Assert.Equal(2, weights.Unused.Count); // the classifier, which is not ours
            var (fc, bias) = (tensors[weights.Unused[1]], tensors[weights.Unused[0]]);
            CheckClose(answers[$"{c.Input}.logits"], nn.functional.linear(pooled, fc.to_type(ScalarType.Float32),
                bias.to_type(ScalarType.Float32)));
        });
    }

    [GoldenFact("safetensors-goldens")]
    public void ReadWeights_ResNetOfTransformers_ComputesAsPyTorch()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        GoldenCases.Run($"{Name}/hf-resnet", ["hf-resnet-basic", "hf-resnet-bottleneck"], name => name, name =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var config = ResNetFolderReader.ReadConfig(folder.Resolve(name), File.ReadAllBytes);
            using var network = new ResNet(config);
            var weights = ResNetFolderReader.ReadWeights(folder.Resolve(name), config, File.OpenRead);
            Assert.Null(weights.DescribeUnused());
            ModuleWeights.Load(network, weights.Tensors);
            network.eval();
            var answers = Safetensors.Load(folder.Resolve($"{name}/answers.safetensors")).Tensors;
            var stages = network.Stages(answers["pixels"]);
            CheckClose(answers["last_hidden_state"], stages[4]);
            CheckClose(answers["hidden_states.2"], stages[2]);
            CheckClose(answers["pooler_output"].flatten(1), network.forward(answers["pixels"]).Features);
        });
    }

    [GoldenFact("safetensors-goldens")]
    public void Load_KeysOfPublishedNetworks_FitOrAreRefusedByKey()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var lists = Directory.EnumerateFiles(folder.Resolve("keys"), "*.tsv").Order(StringComparer.Ordinal);
        GoldenCases.Run($"{Name}/keys", lists, list => Path.GetFileName(list), list =>
        {
            using var scope = NewDisposeScope();
            using var network = new ResNet(list.Contains("50", StringComparison.Ordinal) ? ResNetConfig.ResNet50 : ResNetConfig.ResNet18);
            var tensors = File.ReadLines(list).Skip(1).Select(line => line.Split('\t')).ToDictionary(row => row[0], row => zeros(
                [.. row[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)],
                row[1] == "int64" ? ScalarType.Int64 : ScalarType.Float32));
            if (!list.Contains("test_resnet", StringComparison.Ordinal))
                ModuleWeights.Load(network, ResNetFolderReader.ReadTorchvision(tensors).Tensors);
            else
                Assert.StartsWith("has 'conv1.0.weight'",
                    Assert.Throws<InvalidDataException>(() => ResNetFolderReader.ReadTorchvision(tensors)).Message,
                    StringComparison.Ordinal);
        });
    }

    [GoldenFact("safetensors-goldens")]
    public void ReadWeights_BertOfTransformers_ComputesAsPyTorch()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var folders = Directory.EnumerateDirectories(folder.Resolve("bert")).Order(StringComparer.Ordinal);
        GoldenCases.Run($"{Name}/bert", folders, path => Path.GetFileName(path), path =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            // The one folder without a configuration holds plain's weights.
            var isOfPlain = !File.Exists(Path.Combine(path, "config.json"));
            using var copy = new ScratchFolder();
            if (isOfPlain)
            {
                folder.CopyFolder($"bert/{Path.GetFileName(path)}", copy["model"]);
                File.Copy(folder.Resolve("bert/plain/config.json"), copy["model/config.json"]);
                path = copy["model"];
            }

            var config = BertFolderReader.ReadConfig(path, File.ReadAllBytes);
            using var network = new Bert(config);
            ModuleWeights.Load(network, BertFolderReader.ReadWeights(path, config, File.OpenRead).Tensors);
            network.eval();
            var own = Path.Combine(path, "answers.safetensors");
            var answers = Safetensors.Load(File.Exists(own) ? own : folder.Resolve("bert/plain/answers.safetensors")).Tensors;
            var inputs = Safetensors.Load(folder.Resolve("bert/inputs.safetensors")).Tensors;
            var (ids, mask, types) = (inputs["input_ids"], inputs["attention_mask"], inputs["token_type_ids"]);
            var states = network.States(ids, mask, types);
            var tolerance = isOfPlain ? 1e-2 : Tolerance;
            for (var layer = 0; layer < states.Count; layer++)
                CheckClose(Seen(answers[$"hidden_states.{layer}"]), Seen(states[layer]), tolerance);
            CheckClose(Seen(answers["last_hidden_state"]), Seen(states[^1]), tolerance);
            CheckClose(Seen(answers["no_types.last_hidden_state"]), Seen(network.forward(ids, mask)[^1]), tolerance);

            Tensor Seen(Tensor state) => state[mask.to_type(ScalarType.Bool)]; // [tokens, D]
        });
    }

    private static void CheckClose(Tensor expected, Tensor actual, double tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (wanted, got) = (TensorReader.ReadArray<float>(expected), TensorReader.ReadArray<float>(actual));
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(Math.Abs(wanted[i] - got[i]) <= tolerance + (tolerance * Math.Abs(wanted[i])),
                $"value {i} is {got[i]} and must be {wanted[i]}");
    }
}
