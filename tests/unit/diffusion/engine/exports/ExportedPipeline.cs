using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Testkit.Goldens;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>
/// A pipeline of the golden folder <c>sd-exports</c>, put together from its own parts and those of its base in a scratch folder, with a
/// card as a person would write it.
/// </summary>
internal sealed class ExportedPipeline : IDisposable
{
    private static readonly string[] _parts =
        ["model_index.json", "scheduler", "text_encoder", "tokenizer", "unet", "vae_decoder", "vae_encoder", "feature_extractor"];
    private readonly GoldenFolder _goldens;
    private readonly string _folder = Directory.CreateTempSubdirectory("export").FullName;
    private readonly Dictionary<string, (string Name, long[] Ids)> _known = [];

    public ExportedPipeline(GoldenFolder goldens, string name)
    {
        (_goldens, Name) = (goldens, name);
        var rules = JsonDocument.Parse(File.ReadAllBytes(goldens.Resolve("pipelines.json"))).RootElement;
        string? inherited = null;
        string[]? own = null;
        if (rules.TryGetProperty(name, out var rule))
        {
            inherited = rule.GetProperty("base").GetString();
            own = [.. rule.GetProperty("own").EnumerateArray().Select(part => part.GetString()!)];
        }
        foreach (var part in _parts)
        {
            var source = goldens.Resolve($"pipelines/{(own is null || own.Contains(part) ? name : inherited)}/{part}");
            if (Path.Exists(source))
                File.CreateSymbolicLink(Path.Combine(_folder, part), source);
        }
        SchedulerConfig = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "scheduler/scheduler_config.json")))!.AsObject();
        File.WriteAllText(Path.Combine(_folder, "model.yaml"),
            $"name: {name}\nversion: 1\nkind: latent-diffusion\nlicence: CC0\n"
                + $"defaults: {{steps: 50, guidance: 7.5, scheduler: {SchedulerConfig["_class_name"]}, width: 64, height: 64}}\n");
        foreach (var list in new[] { inherited, name }.Where(list => list is not null))
        {
            foreach (var prompt in goldens.ReadList($"goldens/{list}/prompts.jsonl"))
                _known[prompt.GetProperty("text").GetString()!] = ($"{list}/{prompt.GetProperty("index")}", ReadIds(prompt));
        }
    }

    public string Name { get; }

    public JsonObject SchedulerConfig { get; }

    public OnnxLatentDiffusionEngine Load() =>
        OnnxLatentDiffusionEngine.Load(_folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, Threads: 2));

    /// <summary>
    /// The prompt as the exporter's tokenizer read it, where the folder says so: it ran transformers' slow tokenizer, whose ids differ from
    /// the reference's for some texts.
    /// </summary>
    public TokenizedPrompt Tokenize(OnnxLatentDiffusionEngine engine, string prompt)
    {
        var ours = engine.Tokenize(prompt);
        return _known.TryGetValue(prompt, out var known) && NoteIds(known.Name, known.Ids, ours) ? ours with { Ids = known.Ids } : ours;
    }

    /// <summary>Notes a prompt that starts from the file's ids because the tokenizer gives others.</summary>
    /// <returns>True where it does.</returns>
    public static bool NoteIds(string name, long[] ids, TokenizedPrompt ours)
    {
        if (ids.AsSpan().SequenceEqual(ours.Ids))
            return false;
        GoldenCases.Note("sd-exports/prompts",
            $"{name} starts from the file's ids: the exporter's slow tokenizer gave others than ours");
        return true;
    }

    public IReadOnlyList<JsonElement> ReadCases() => _goldens.ReadList($"goldens/{Name}/cases.jsonl");

    public static long[] ReadIds(JsonElement prompt) => [.. prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
