using System.Buffers.Binary;
using System.Diagnostics;
using SynCxr.Mesh.Diffusion.Importing;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Importing;

/// <summary>What <c>model add</c> takes and refuses, with a tiny export that is broken in one place at a time.</summary>
public sealed class ModelImporterTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>Each breaks one thing, and says which file and which word the refusal names.</summary>
    public static TheoryData<string, string, string> BrokenFolders => new()
    {
        { "empty", "unet/model.onnx", "is missing" },
        { "no-unet", "unet/model.onnx", "is missing" },
        { "no-decoder", "vae_decoder/model.onnx", "is missing" },
        { "no-scheduler", "scheduler/scheduler_config.json", "is missing" },
        { "unknown-scheduler", "scheduler/scheduler_config.json", "_class_name" },
        { "foreign-prediction", "scheduler/scheduler_config.json", "prediction_type" },
        { "comma", "unet/config.json", "" },
        { "second-encoder", "text_encoder_2", "Stable Diffusion XL" },
        { "truncated", "unet/model.onnx", "" },
        { "garbage", "vae_decoder/model.onnx", "" },
        { "swapped", "unet/model.onnx", "" },
        { "negative-size", "unet/config.json", "sample_size" },
        { "other-encoder", "text_encoder/model.onnx", "" },
        { "narrow-encoder", "unet/model.onnx", "" }, // text states of width 8 for a U-Net that wants 32
        { "encoder-as-decoder", "vae_decoder/model.onnx", "sample" },
        { "xl-inputs", "unet/model.onnx", "text_embeds (Stable Diffusion XL" },
        { "nan-weights", "unet/model.onnx", "NaN" },
        { "no-tokenizer", "tokenizer", "" },
        { "id-beyond-the-graph", "text_encoder/model.onnx", "id 5000 of the tokenizer" }, // the config promises as many
        { "pipe", "scheduler/scheduler_config.json", "is a pipe or a device" },
        { "huge-size", "unet/config.json", "sample_size must be whole numbers from 1 to 1048576" },
        { "three-sizes", "unet/config.json", "sample_size must be a whole number, or two" },
        { "no-scale", "vae_decoder/config.json", "scaling_factor must be a number from 1e-6 to 1e6" },
        { "scale-as-text", "vae_decoder/config.json", "must be a finite number, not a text" },
        { "xl-pipeline", "model_index.json", "_class_name" },
        { "pipeline-of-garbage", "model_index.json", "The file is not JSON" },
        { "nested-config", "unet/config.json", "nested more than 64 deep" },
    };

    [Theory]
    [MemberData(nameof(BrokenFolders))]
    public void Import_BrokenFolder_IsRefusedInOneSentenceThatNamesFileAndKey(string fault, string file, string word)
    {
        if (!GoldenFolder.TryFind("sd-exports", out var exports))
            return;
        var source = exports.CopyFolder("pipelines/sd1-optimum", _scratch["source"]);
        Break(source, fault, exports);

        var refusal = Assert.Throws<InvalidDataException>(() => Import(source, new ModelImportSettings { Name = "broken" }));

        Assert.True(refusal.Message.Contains(Path.Combine(source, file), StringComparison.Ordinal)
            && refusal.Message.Contains(word, StringComparison.Ordinal), refusal.Message);
        Assert.DoesNotContain(_scratch["models"], refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch["models"]));
    }

    [Fact]
    public void Import_Export_IsAModelFolderThatOpensWithItsDigest()
    {
        if (!GoldenFolder.TryFind("sd-exports", out var exports))
            return;
        var source = exports.CopyFolder("pipelines/sd1-optimum", _scratch["source"]);

        var model = Import(source, new ModelImportSettings());

        var opened = ModelFolder.Open(model.Path);
        Assert.Equal((model.Digest, true, "source"), (opened.Digest, opened.HasSums, opened.Card.Name));
        Assert.Equal((model.Digest, model.Digest), (ModelFolder.DigestOf(model.Path), ModelFolder.DigestOfSums(model.Path)));
        Assert.Equal(new GeneratorDefaults { Width = 64, Height = 64, Steps = 50, Guidance = 7.5, Scheduler = "PNDMScheduler" },
            opened.Card.Defaults);
        Assert.True(model.LinkedFiles > 0, "no file was linked, though source and target lie on one file system");
        Assert.Throws<IOException>(() => Import(source, new ModelImportSettings()));
    }

    [Theory]
    [InlineData("license: mit", "mit", false)]
    [InlineData("license: [mit, cc0-1.0]", "mit, cc0-1.0", false)]
    [InlineData("license: other\nlicense_name: our own", "our own", false)]
    [InlineData("license: other", "other", false)]
    [InlineData("tags: [x]", "", false)]
    [InlineData("", "", false)]
    [InlineData("license: [mit", "", true)]
    public void Read_HeadOfAReadme_GivesTheLicence(string head, string licence, bool isBroken)
    {
        Directory.CreateDirectory(_scratch["source"]);
        File.WriteAllText(Path.Combine(_scratch["source"], "README.md"), $"---\n{head}\n---\n# A model\nlicense: none\n");

        var readme = ModelReadme.Read(_scratch["source"]);

        Assert.Equal((licence, isBroken), (readme.Licence, readme.Problem.Length > 0));
    }

    private ImportedModel Import(string source, ModelImportSettings settings)
    {
        Directory.CreateDirectory(_scratch["models"]);
        return ModelImporter.Import(source, _scratch["models"], settings, CancellationToken.None);
    }

    private static void Break(string folder, string fault, GoldenFolder exports)
    {
        string PathOf(string file) => Path.Combine(folder, file);
        void Replace(string file, string from, string to)
        {
            var text = File.ReadAllText(PathOf(file));
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(PathOf(file), text.Replace(from, to, StringComparison.Ordinal));
        }
        void PromiseMoreIds()
        {
            Replace("text_encoder/config.json", "\"vocab_size\": 1014", "\"vocab_size\": 49408");
            Replace("tokenizer/vocab.json", "\"<|endoftext|>\"", "\"beyond</w>\": 5000, \"<|endoftext|>\"");
        }
        const string UNet = "unet/model.onnx", Config = "unet/config.json", Decoder = "vae_decoder/model.onnx",
            Scheduler = "scheduler/scheduler_config.json";
        Action change = fault switch
        {
            "empty" => () => Directory.EnumerateDirectories(folder).ToList().ForEach(part => Directory.Delete(part, recursive: true)),
            "no-unet" => () => Directory.Delete(PathOf("unet"), recursive: true),
            "no-decoder" => () => File.Delete(PathOf(Decoder)),
            "no-scheduler" => () => File.Delete(PathOf(Scheduler)),
            "no-tokenizer" => () => Directory.Delete(PathOf("tokenizer"), recursive: true),
            "unknown-scheduler" => () => Replace(Scheduler, "PNDMScheduler", "KarrasVeScheduler"),
            "foreign-prediction" => () => Replace(Scheduler, "\"epsilon\"", "\"velocity\""),
            "comma" => () => Replace(Config, "\"sample_size\": 8,", "\"sample_size\": 8,,"),
            "negative-size" => () => Replace(Config, "\"sample_size\": 8,", "\"sample_size\": -8,"),
            "second-encoder" => () => Directory.Move(PathOf("vae_encoder"), PathOf("text_encoder_2")),
            "truncated" => () => File.WriteAllBytes(PathOf(UNet), File.ReadAllBytes(PathOf(UNet))[..300_000]),
            "garbage" => () => File.WriteAllText(PathOf(Decoder), "no graph"),
            "swapped" => () => File.Copy(PathOf(Decoder), PathOf(UNet), overwrite: true),
            "other-encoder" => () => File.Copy(PathOf(UNet), PathOf("text_encoder/model.onnx"), overwrite: true),
            "narrow-encoder" => () => exports.CopyFolder("pipelines/sd1-full-vocab-fp16/text_encoder", PathOf("text_encoder")),
            "encoder-as-decoder" => () => File.Copy(PathOf("vae_encoder/model.onnx"), PathOf(Decoder), overwrite: true),
            "xl-inputs" => () => new TinyOnnxBuilder().Input("sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width")
                .Input("timestep", TinyOnnxBuilder.Int64).Input("encoder_hidden_states", TinyOnnxBuilder.Float, "batch", "tokens", 32)
                .Input("text_embeds", TinyOnnxBuilder.Float, "batch", 8)
                .Output("out_sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width")
                .Node("Identity", "out_sample", ["sample"]).Save(PathOf(UNet)),
            "nan-weights" => () => WriteNaN(PathOf(UNet)),
            "id-beyond-the-graph" => PromiseMoreIds,
            "pipe" => () => MakePipe(PathOf(Scheduler)),
            "huge-size" => () => Replace(Config, "\"sample_size\": 8,", "\"sample_size\": 536870920,"),
            "three-sizes" => () => Replace(Config, "\"sample_size\": 8,", "\"sample_size\": [8, 8, 8],"),
            "no-scale" => () => Replace("vae_decoder/config.json", "0.18215", "0"),
            "scale-as-text" => () => Replace("vae_decoder/config.json", "0.18215", "\"0.18215\""),
            "xl-pipeline" => () => Replace("model_index.json", "StableDiffusionPipeline", "StableDiffusionXLPipeline"),
            "pipeline-of-garbage" => () => File.WriteAllText(PathOf("model_index.json"), "{ not json"),
            "nested-config" => () => File.WriteAllText(PathOf(Config), new string('[', 200_000)),
            _ => throw new ArgumentException(fault, nameof(fault)),
        };
        change();
    }

    private static void MakePipe(string path)
    {
        File.Delete(path);
        using var make = Process.Start("mkfifo", path);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    // Weights of a graph are runs of little-endian floats: a run of small values in the middle of the file becomes NaN.
    private static void WriteNaN(string path)
    {
        var bytes = File.ReadAllBytes(path);
        for (var start = bytes.Length / 3; start < bytes.Length - 4096; start++)
        {
            var at = start;
            if (Enumerable.Range(0, 512).All(
                i => Math.Abs(BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at + (4 * i)))) is > 1e-6f and < 1))
            {
                for (var i = 0; i < 512; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(start + (4 * i)), float.NaN);
                File.WriteAllBytes(path, bytes);
                return;
            }
        }
        throw new InvalidDataException($"{path}: no run of weights was found");
    }
}
