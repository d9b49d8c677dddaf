using System.Text.Json;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Trainer.Networks;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Tokenizer;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Writes a generator in the diffusers ONNX layout.</summary>
internal static class GeneratorFolderWriter
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static void Write(string folder, ClipTokenizer tokenizer, ClipTextEncoder text, UNet unet, VaeDecoder decoder)
    {
        ClipMerges.WriteWithNotice(tokenizer, Path.Combine(folder, "tokenizer"));
        WritePart(folder, "text_encoder", text.Emit().ToModel(), text.Config);
        WritePart(folder, "unet", unet.Emit().ToModel(), unet.Config);
        WritePart(folder, "vae_decoder", decoder.Emit().ToModel(), decoder.Config);
        WriteJson(folder, "scheduler/scheduler_config.json", new
        {
            _class_name = "DDIMScheduler",
            num_train_timesteps = TrainingNoiseSchedule.Steps,
            beta_start = TrainingNoiseSchedule.BetaStart,
            beta_end = TrainingNoiseSchedule.BetaEnd,
            beta_schedule = "scaled_linear",
            prediction_type = "v_prediction",
            timestep_spacing = "trailing",
            clip_sample = false,
            set_alpha_to_one = true,
            steps_offset = 0,
        });
        WriteJson(folder, "model_index.json", new Dictionary<string, object>
        {
            ["_class_name"] = "OnnxStableDiffusionPipeline",
            ["scheduler"] = Made("diffusers", "DDIMScheduler"),
            ["text_encoder"] = Made("diffusers", "OnnxRuntimeModel"),
            ["tokenizer"] = Made("transformers", "CLIPTokenizer"),
            ["unet"] = Made("diffusers", "OnnxRuntimeModel"),
            ["vae_decoder"] = Made("diffusers", "OnnxRuntimeModel"),
        });
    }

    public static void WritePart(string folder, string part, byte[] model, object config)
    {
        Directory.CreateDirectory(Path.Combine(folder, part));
        File.WriteAllBytes(Path.Combine(folder, part, "model.onnx"), model);
        WriteJson(folder, Path.Combine(part, "config.json"), config);
    }

    public static void WriteJson(string folder, string file, object value)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(value, value.GetType(), _indented) + "\n");
    }

    /// <summary>A part as diffusers names it: library and class.</summary>
    private static string[] Made(string library, string type) => [library, type];
}
