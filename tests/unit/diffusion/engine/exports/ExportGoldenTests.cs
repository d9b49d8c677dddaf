using System.Text.Json;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>Tiny exports as optimum, the older converter and torch write them, against what the exporters' own pipelines draw.</summary>
public sealed class ExportGoldenTests
{
    private const string Folder = "sd-exports";

    [GoldenFact("sd-exports")]
    public void Render_CasesOfExporters_DrawsTheirPictures()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder))
            return;
        var names = ListFolders(folder, "goldens");
        if (!folder.HasAny([.. names.Select(name => $"goldens/{name}/cases.jsonl")]))
            return;
        using var exports = new LoadedExports(folder);
        var cases = names.SelectMany(
            name => folder.ReadList($"goldens/{name}/cases.jsonl").Select(item => (Pipeline: name, Item: item)));
        GoldenCases.Run($"{Folder}/cases", cases, item => $"{item.Pipeline}/{item.Item.GetProperty("name").GetString()}", item =>
        {
            if (item.Pipeline.Contains("overflow", StringComparison.Ordinal))
                CheckOverflow(folder, item.Pipeline, item.Item);
            else
                Await(exports.CaseOf(item.Pipeline, item.Item).CheckAsync(exports.EngineOf(item.Pipeline), asExported: true));
        });
    }

    [GoldenFact("sd-exports")]
    public void Load_FoldersThatDifferOnlyInTheirIndex_DrawTheSame()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder) || !folder.HasAny("goldens/sd1-optimum/cases.jsonl"))
            return;
        using var exports = new LoadedExports(folder);
        var first = folder.ReadList("goldens/sd1-optimum/cases.jsonl")[0];
        GoldenCases.Run($"{Folder}/indexes", new[] { "sd1-feature-extractor", "sd1-resaved" }, name => name, name => Await(
            new ExportedCase(folder, exports.PipelineOf(name), first, "sd1-optimum").CheckAsync(exports.EngineOf(name), asExported: true)));
    }

    [GoldenFact("sd-exports")]
    public void Encode_PromptsOfExporters_GivesTheirStates()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder))
            return;
        var names = ListFolders(folder, "goldens");
        if (!folder.HasAny([.. names.Select(name => $"goldens/{name}/prompts.jsonl")]))
            return;
        var prompts = names.SelectMany(
            name => folder.ReadList($"goldens/{name}/prompts.jsonl").Select(item => (Pipeline: name, Item: item))).ToList();
        var encoders = prompts.Select(prompt => prompt.Pipeline).Distinct().ToDictionary(name => name,
            name => new TextEncoderSession(folder.Resolve($"pipelines/{name}/text_encoder/model.onnx"), OnnxSessionOptions.Cpu));
        var tokenizers = encoders.Keys.ToDictionary(name => name, name => TokenizerOf(folder.Resolve($"pipelines/{name}/tokenizer")));
        var states = encoders.Keys.ToDictionary(
            name => name, name => TensorFile.ReadSafetensors(folder.Resolve($"goldens/{name}/prompts.safetensors")));
        GoldenCases.Run($"{Folder}/prompts", prompts, prompt => $"{prompt.Pipeline}/{prompt.Item.GetProperty("index")}", prompt =>
        {
            var (ids, name) = (ExportedPipeline.ReadIds(prompt.Item), $"{prompt.Pipeline}/{prompt.Item.GetProperty("index")}");
            if (tokenizers[prompt.Pipeline] is { } tokenizer)
                ExportedPipeline.NoteIds(name, ids, tokenizer.Tokenize(prompt.Item.GetProperty("text").GetString()!));
            var got = encoders[prompt.Pipeline].Encode(new TokenizedPrompt(ids, ids.Length, Truncated: false));
            var wanted = states[prompt.Pipeline][$"states.{prompt.Item.GetProperty("index")}"];
            Assert.Equal(wanted.Length, got.Length);
            var worst = wanted.Zip(got, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(worst <= ExportTolerance.For(prompt.Pipeline).States, $"a state is off by {worst}");
        });
        foreach (var encoder in encoders.Values)
            encoder.Dispose();
    }

    [GoldenFact("sd-exports")]
    public void Round_DecodedValues_GivesTheImageProcessorsBytes()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder) || !folder.HasAny("goldens/decoded-to-bytes.safetensors"))
            return;
        var known = TensorFile.ReadSafetensors(folder.Resolve("goldens/decoded-to-bytes.safetensors"));
        var cases = new[] { ("value", "byte"), ("value_half", "byte_from_half") }.SelectMany(pair => Enumerable
            .Range(0, known[pair.Item1].Length).Select(i => (Name: $"{pair.Item1}[{i}]", Value: known[pair.Item1][i],
                Byte: known[pair.Item2][i], IsHalf: pair.Item1 == "value_half"))).Where(item => float.IsFinite(item.Value));
        GoldenCases.Run($"{Folder}/decoded-to-bytes", cases, item => item.Name, item => Assert.Equal(
            (byte)item.Byte, item.IsHalf ? PixelRounding.ToByteFromHalf(item.Value) : PixelRounding.ToByte(item.Value)));
    }

    [GoldenFact("sd-exports")]
    public void Resolve_WhatExportersRefuse_IsRefusedByFieldOrDrawn()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder) || !folder.HasAny("goldens/refusals.json"))
            return;
        using var exports = new LoadedExports(folder);
        var lines = JsonDocument.Parse(File.ReadAllBytes(folder.Resolve("goldens/refusals.json"))).RootElement.EnumerateObject()
            .Where(line => !line.Name.EndsWith("_warnings", StringComparison.Ordinal)) // what NumPy says, not a pipeline
            .Where(line => !line.Name.EndsWith("_torch", StringComparison.Ordinal)); // what no export draws
        GoldenCases.Run($"{Folder}/refusals", lines, line => line.Name, line => CheckRefusal(exports, line.Name));
    }

    // Nothing was drawn from images there: an exported encoder is held against what must be so with any.
    [GoldenFact("sd-exports")]
    public void Render_FromAnImage_HoldsWithTheEncoderOfAnExporter()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder) || !folder.HasAny("pipelines/sd1-optimum/vae_encoder/model.onnx"))
            return;
        using var exports = new LoadedExports(folder);
        var engine = exports.EngineOf("sd1-optimum");
        var picture = new RasterImage(64, 64, 3, [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(i / 48))]);
        var latent = engine.EncodeImage(picture);
        var kept = engine.Decode(latent, 8, 8, ImageChannelNames.Rgb).Pixels;
        var black = new bool[8 * 8];
        (string Name, double Strength, bool[]? Redrawn)[] cases =
            [("no-strength", 0, null), ("full-strength", 1, null), ("black-mask", 0.5, black), ("black-mask-full-strength", 1, black)];
        GoldenCases.Run($"{Folder}/images", cases, item => item.Name, item =>
        {
            var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Steps = 4, Seed = 2, Channels = "rgb" }, [engine]);
            var started = spec with { Strength = item.Strength, Start = new StartImage(() => engine.EncodeImage(picture), item.Redrawn) };
            var wanted = item.Name == "full-strength" ? Await(ShippedGenerator.RenderAsync(1, [spec]))[0].Pixels : kept;
            Assert.Equal(wanted, Await(ShippedGenerator.RenderAsync(1, [started]))[0].Pixels);
        });
    }

    private static void CheckRefusal(LoadedExports exports, string name)
    {
        var (optimum, fixedSizes) = (exports.EngineOf("sd1-optimum"), exports.EngineOf("sd1-dynamo-batch2"));
        switch (name)
        {
            case "height_60":
                Assert.Equal(["spec.height"], RefusedFields(optimum, new ImageSpec { Prompt = "a", Height = 60 }));
                break;
            case "72x72_onnx":
                Assert.Equal(
                    ["spec.width", "spec.height"], RefusedFields(optimum, new ImageSpec { Prompt = "a", Height = 72, Width = 72 }));
                break;
            case "16x16_onnx":
                var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Height = 16, Width = 16, Steps = 2 }, [optimum]);
                var image = Await(ShippedGenerator.RenderAsync(1, [spec]))[0];
                Assert.Equal((16, 16), (image.Width, image.Height));
                break;
            case "no_size_given_draws":
                var sizes = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a" }, [optimum]);
                Assert.Equal((64, 64), (sizes.Width, sizes.Height));
                break;
            case "dynamo_batch2_64x96":
                Assert.Equal(["spec.width"], RefusedFields(fixedSizes, new ImageSpec { Prompt = "a", Width = 96 }));
                break;
            case "dynamo_batch2_guidance_1": // one row is padded
                exports.CheckCase("sd1-dynamo-batch2", "sd1-optimum", "01-pndm-4-g1");
                break;
            case "dynamo_batch2_two_prompts": // four rows are split
                exports.CheckCase("sd1-dynamo-batch2", "sd1-optimum", "06-pndm-4-two-prompts");
                break;
            default:
                Assert.Fail("no check of it");
                break;
        }
    }

    private static string[] RefusedFields(OnnxLatentDiffusionEngine engine, ImageSpec spec) =>
        [.. Assert.Throws<MeshException>(() => ImageSpecResolver.Resolve(spec, [engine])).Fields.Select(field => field.Field)];

    // A float16 decoder that overflows is refused when it is loaded, or each image of it is; no image comes out.
    private static void CheckOverflow(GoldenFolder folder, string name, JsonElement item)
    {
        using var pipeline = new ExportedPipeline(folder, name);
        OnnxLatentDiffusionEngine engine;
        try
        {
            engine = pipeline.Load();
        }
        catch (InvalidDataException refusal)
        {
            Assert.Contains("vae_decoder/model.onnx", refusal.Message);
            Assert.Contains("'sample'", refusal.Message);
            return;
        }
        using (engine)
        {
            var failure = Assert.Throws<MeshException>(
                () => Await(new ExportedCase(folder, pipeline, item, name).CheckAsync(engine, asExported: true)));
            Assert.Equal(ErrorReasons.ModelOutputNotFinite, failure.Reason);
        }
    }

    private static ClipTokenizer? TokenizerOf(string path) =>
        Directory.Exists(path) ? new ClipTokenizer(ClipTokenizerFiles.Read(path, 77, null)) : null;

    private static IEnumerable<string> ListFolders(GoldenFolder folder, string under) =>
        folder.Resolve(under) is var parent && Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];

#pragma warning disable xUnit1031 // cases run one after another, each to its end
    private static void Await(Task task) => task.GetAwaiter().GetResult();

    private static T Await<T>(Task<T> task) => task.GetAwaiter().GetResult();
#pragma warning restore xUnit1031

    /// <summary>The pipelines that cases ask for, each loaded once.</summary>
    private sealed class LoadedExports(GoldenFolder folder) : IDisposable
    {
        private readonly Dictionary<string, (ExportedPipeline Pipeline, OnnxLatentDiffusionEngine Engine)> _byName = [];

        public ExportedPipeline PipelineOf(string name) => Get(name).Pipeline;

        public OnnxLatentDiffusionEngine EngineOf(string name) => Get(name).Engine;

        public ExportedCase CaseOf(string name, JsonElement item) => new(folder, PipelineOf(name), item, name);

        public void CheckCase(string pipeline, string answers, string name)
        {
            var item = folder.ReadList($"goldens/{answers}/cases.jsonl").Single(item => item.GetProperty("name").GetString() == name);
            Await(new ExportedCase(folder, PipelineOf(pipeline), item, answers).CheckAsync(EngineOf(pipeline), asExported: false));
        }

        public void Dispose()
        {
            foreach (var (pipeline, engine) in _byName.Values)
            {
                engine.Dispose();
                pipeline.Dispose();
            }
        }

        private (ExportedPipeline Pipeline, OnnxLatentDiffusionEngine Engine) Get(string name)
        {
            if (_byName.TryGetValue(name, out var known))
                return known;
            var pipeline = new ExportedPipeline(folder, name);
            return _byName[name] = (pipeline, pipeline.Load());
        }
    }
}
