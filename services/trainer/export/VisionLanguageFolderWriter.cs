using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Pairs;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Sentences that speak for and against a finding.</summary>
public sealed record FindingPromptPair(IReadOnlyList<string> Positive, IReadOnlyList<string> Negative);

/// <summary>
/// Writes the parts of an image–text model: float16 weights, both encoders as ONNX, tokenizer, prompts, hashes of the training images.
/// </summary>
internal static class VisionLanguageFolderWriter
{
    /// <summary>Characters of a hash that the list keeps.</summary>
    private const int HashLength = 16;

    /// <summary>Writes all but card, README and sums. Rounds the model's weights to what the files hold.</summary>
    public static void Write(string folder, VisionLanguageModel model, IReadOnlyDictionary<string, FindingPromptPair> prompts,
        SeenHashes seen)
    {
        model.SetTraining(false);
        using (NewDisposeScope())
        {
            var state = model.State().ToDictionary(s => s.Key,
                s => s.Value.dtype == ScalarType.Float32 ? s.Value.detach().to_type(ScalarType.Float16) : s.Value, StringComparer.Ordinal);
            Safetensors.Save(Path.Combine(folder, VisionLanguageModel.WeightsFile), state);
            model.Load(state);
        }

        WritePart(folder, "image_encoder", model.EmitImages().ToModel());
        WritePart(folder, "text_encoder", model.EmitTexts().ToModel());
        model.Tokenizer.Save(Path.Combine(folder, VisionLanguageModel.TokenizerFolder), model.Card.Tokens);
        GeneratorFolderWriter.WriteJson(folder, VisionLanguageModel.PromptsFile, prompts.ToDictionary(
            p => p.Key,
            p => new Dictionary<string, IReadOnlyList<string>> { ["positive"] = p.Value.Positive, ["negative"] = p.Value.Negative },
            StringComparer.Ordinal));
        File.WriteAllText(Path.Combine(folder, VisionLanguageModel.TrainedOnFile), string.Concat(
            seen.Images.Order(StringComparer.Ordinal).Select(h => $"image\t{h[..HashLength]}\n")
                .Concat(seen.Patients.Order(StringComparer.Ordinal).Select(h => $"patient\t{h[..HashLength]}\n"))));
    }

    private static void WritePart(string folder, string part, byte[] model)
    {
        Directory.CreateDirectory(Path.Combine(folder, part));
        File.WriteAllBytes(Path.Combine(folder, part, "model.onnx"), model);
    }
}
