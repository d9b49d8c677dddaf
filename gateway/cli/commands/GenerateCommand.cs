using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>generate report | image | pair</c>: makes one report, image or pair, and shows it while it is made.</summary>
internal static class GenerateCommand
{
    private static readonly Option<string[]> _entitiesOption = new("--entity")
    {
        Description = "Id of an entity that the report is about, as `vocabulary show` lists them. Repeat it for several.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed: the same seed gives the same report and image.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string> _promptOption = new("--prompt")
    {
        Description = "The text that describes the image, as an IMPRESSION does.",
        Required = true,
    };
    private static readonly Option<FileInfo> _outOption = new("--out")
    {
        Description = "PNG file to write; its folder must exist.",
        DefaultValueFactory = _ => new FileInfo("image.png"),
    };
    private static readonly Option<int?> _stepsOption = new("--steps") { Description = "Number of denoising steps. Default: the model's." };
    private static readonly Option<double?> _guidanceOption = new("--guidance")
    {
        Description = "Scale of classifier-free guidance: 1 is none. Default: the model's.",
    };
    private static readonly Option<int?> _widthOption = new("--width") { Description = "Width in pixels. Default: the model's." };
    private static readonly Option<int?> _heightOption = new("--height") { Description = "Height in pixels. Default: the model's." };
    private static readonly Option<string> _schedulerOption = new("--scheduler")
    {
        Description = "Scheduler by diffusers' class name, for example EulerDiscreteScheduler. Default: the model's.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<double?> _etaOption = new("--eta")
    {
        Description = "Share of DDPM's noise that DDIMScheduler adds at each step, 0 to 1. Default: 0.",
    };
    private static readonly Option<double?> _guidanceRescaleOption = new("--guidance-rescale")
    {
        Description = "How far guidance keeps the standard deviation of the prompt's prediction, 0 to 1. Default: 0.",
    };
    private static readonly Option<string> _modelOption = new("--model")
    {
        Description = "The generator, as `model list` names it. Default: the mesh's first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _channelsOption = new("--channels")
    {
        Description = "What to keep of the decoder's colours: gray, their mean, or rgb. Default: gray.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<FileInfo?> _imageOption = new("--image")
    {
        Description = "PNG or JPEG to start from, of the size that is rendered. Default: none, pure noise.",
    };
    private static readonly Option<double?> _strengthOption = new("--strength")
    {
        Description = "How far from --image the result may go: 0 leaves it as it is, 1 ignores it. Default: 0.8.",
    };
    private static readonly Option<FileInfo?> _maskOption = new("--mask")
    {
        Description = "PNG or JPEG that says what of --image to redraw: white is redrawn, black is kept. Default: all.",
    };
    private static readonly Option<string?> _seedsOption = new("--seeds")
    {
        Description = "Seeds of several images, as in 1,2,3. --out then names a file for each: image-1.png, image-2.png, image-3.png.",
    };
    private static readonly Option<bool> _allEntitiesOption = new("--all-entities")
    {
        Description = "Put every entity into the IMPRESSION, as the paper does. Default: the salient ones.",
    };

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string>
    {
        ["spec.entities"] = _entitiesOption.Name,
        ["spec.seed"] = _seedOption.Name,
        ["spec.prompt"] = _promptOption.Name,
        ["spec.model"] = _modelOption.Name,
        ["spec.channels"] = _channelsOption.Name,
        ["spec.steps"] = _stepsOption.Name,
        ["spec.guidance"] = _guidanceOption.Name,
        ["spec.width"] = _widthOption.Name,
        ["spec.height"] = _heightOption.Name,
        ["spec.scheduler"] = _schedulerOption.Name,
        ["spec.sampling.eta"] = _etaOption.Name,
        ["spec.sampling.guidance_rescale"] = _guidanceRescaleOption.Name,
        ["spec.image"] = _imageOption.Name,
        ["spec.image.content"] = _imageOption.Name,
        ["spec.strength"] = _strengthOption.Name,
        ["spec.mask"] = _maskOption.Name,
        ["spec.mask.content"] = _maskOption.Name,
        ["seeds"] = _seedsOption.Name,
    });

    public static Command Build()
    {
        var report = new Command("report", "Write a report for a set of entities.") { _entitiesOption, _seedOption, _allEntitiesOption };
        var image = new Command("image", "Render an image from a prompt.")
        {
            _promptOption, _modelOption, _seedOption, _outOption, _stepsOption, _guidanceOption, _widthOption, _heightOption,
            _schedulerOption, _etaOption, _guidanceRescaleOption, _channelsOption, _imageOption, _strengthOption, _maskOption, _seedsOption,
        };
        var pair = new Command("pair", "Write a report, render its image and judge the image.")
        {
            _entitiesOption, _modelOption, _seedOption, _outOption, _allEntitiesOption,
        };
        return new Command("generate", "Make one report, image or pair, and show it while it is made.")
        {
            report.WithAction(RunReportAsync, _fields),
            image.WithAction(RunImageAsync, _fields),
            pair.WithAction(RunPairAsync, _fields),
        };
    }

    private static async Task<(int, JsonObject?)> RunReportAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var report = await StreamReportAsync(parsed, mesh, cancellation);
        return (ExitCodes.Ok, ToJson(report));
    }

    private static async Task<(int, JsonObject?)> RunImageAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var seeds = SeedListParser.Parse(_seedsOption.Name, parsed.GetValue(_seedsOption));
        if (seeds.Count > 0)
            OptionUseValidator.ThrowIfTyped(parsed, "with --seeds", _seedOption);
        if (parsed.GetValue(_imageOption) is null)
            OptionUseValidator.ThrowIfTyped(parsed, "without --image", _strengthOption, _maskOption);
        var files = NameFiles(parsed.GetValue(_outOption)!, seeds)
            .Select(file => PathArgumentValidator.ValidateNewFile(_outOption.Name, file)).ToList();
        var start = await ReadImageAsync(parsed, _imageOption, cancellation);
        var mask = await ReadImageAsync(parsed, _maskOption, cancellation);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var spec = new ImageSpec
        {
            Prompt = parsed.GetValue(_promptOption)!,
            Model = parsed.GetValue(_modelOption)!,
            Seed = seeds.Count > 0 ? 0 : parsed.GetValue(_seedOption),
            Image = start,
            Mask = mask,
            Scheduler = parsed.GetValue(_schedulerOption)!,
        };
        if (parsed.GetValue(_strengthOption) is { } strength)
            spec.Strength = strength;
        if (parsed.GetValue(_channelsOption) is { Length: > 0 } channels)
            spec.Channels = channels;
        if (parsed.GetValue(_stepsOption) is { } steps)
            spec.Steps = steps;
        if (parsed.GetValue(_guidanceOption) is { } guidance)
            spec.Guidance = guidance;
        if (parsed.GetValue(_widthOption) is { } width)
            spec.Width = width;
        if (parsed.GetValue(_heightOption) is { } height)
            spec.Height = height;
        if (parsed.GetValue(_etaOption) is { } eta)
            (spec.Sampling ??= new SamplingSettings()).Eta = eta;
        if (parsed.GetValue(_guidanceRescaleOption) is { } rescale)
            (spec.Sampling ??= new SamplingSettings()).GuidanceRescale = rescale;
        var images = await ReceivedImage.StreamAsync(mesh, spec, seeds, cancellation);
        var results = new JsonArray();
        foreach (var (received, target) in images.Zip(files))
        {
            await File.WriteAllBytesAsync(target, received.Png, cancellation);
            var image = received.Image;
            var truncated = image.PromptTruncated ? ", prompt truncated" : "";
            ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
                $"{target}: {image.Width}×{image.Height}, {image.PromptTokens} tokens{truncated}");
            results.Add(received.ToJson(target));
        }
        return (ExitCodes.Ok, seeds.Count == 0 ? results[0]!.AsObject() : new JsonObject { ["images"] = results });
    }

    /// <summary>One file for each seed, its seed at the end of its name; the one that was given where there is no list.</summary>
    private static IEnumerable<FileInfo> NameFiles(FileInfo file, IReadOnlyList<ulong> seeds) => seeds.Count == 0 ? [file]
        : seeds.Select(seed => new FileInfo(Path.Combine(file.DirectoryName!,
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(file.Name)}-{seed}{file.Extension}"))));

    private static async Task<ImageSource?> ReadImageAsync(ParseResult parsed, Option<FileInfo?> option, CancellationToken cancellation) =>
        parsed.GetValue(option) is { } file
            ? new ImageSource
            {
                Content = UnsafeByteOperations.UnsafeWrap(
                    await PathArgumentValidator.ReadBytesAsync(option.Name, file, ImageCodec.MaxBytes, cancellation)),
            }
            : null;

    private static async Task<(int, JsonObject?)> RunPairAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var file = PathArgumentValidator.ValidateNewFile("--out", parsed.GetValue(_outOption)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var report = await StreamReportAsync(parsed, mesh, cancellation);
        var spec = new ImageSpec
        {
            Prompt = report.Impression,
            Model = parsed.GetValue(_modelOption)!,
            Seed = parsed.GetValue(_seedOption),
        };
        var received = (await ReceivedImage.StreamAsync(mesh, spec, [], cancellation))[0];
        var request = new AssessImageRequest
        {
            Image = new ImageSource { Content = ByteString.CopyFrom(received.Png) },
            Generator = received.Image.Generator.Model,
        };
        var verdict = (await new CurationService.CurationServiceClient(mesh.Invoker).AssessImageAsync(request,
            cancellationToken: cancellation)).Verdict;
        await File.WriteAllBytesAsync(file, received.Png, cancellation);
        ConsoleWriter.WriteTable(json, verdict.Accepted ? "accepted" : "rejected: " + string.Join(", ", verdict.Reasons),
            ["question", "answer", "score", "threshold"],
        [
            .. verdict.Answers.Select(
                a => new[] { a.Question, a.Untrained ? "(untrained)" : a.Yes ? "yes" : "no", FormatNumber(a.Score),
                    FormatNumber(a.Threshold) }),
            .. verdict.Likenesses.Select(
                l => new[] { l.Check, l.Refused ? "too similar to " + l.Nearest : "different enough", FormatNumber(l.Similarity),
                    FormatNumber(l.Threshold) }),
            .. verdict.HasMemorisation ? [["memorised", verdict.Memorisation, "", ""]] : Array.Empty<string[]>(),
        ]);
        return (ExitCodes.Ok, new JsonObject
        {
            ["report"] = ToJson(report),
            ["image"] = received.ToJson(file),
            ["accepted"] = verdict.Accepted,
            ["reasons"] = new JsonArray([.. verdict.Reasons.Select(r => (JsonNode)r)]),
            ["memorisation"] = verdict.HasMemorisation ? verdict.Memorisation : null,
        });
    }

    private static async Task<RadiologyReport> StreamReportAsync(ParseResult parsed, MeshConnection mesh, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var spec = new ReportSpec
        {
            Seed = parsed.GetValue(_seedOption),
            Impression = parsed.GetValue(_allEntitiesOption) ? ImpressionStyle.All : ImpressionStyle.Salient,
            Entities = { parsed.GetValue(_entitiesOption) ?? [] },
        };
        using var call = new ReportService.ReportServiceClient(mesh.Invoker).GenerateReport(new GenerateReportRequest { Spec = spec },
            cancellationToken: cancellation);
        RadiologyReport? report = null;
        var step = ReportStep.Unspecified;
        await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellation))
        {
            if (answer.EventCase == GenerateReportResponse.EventOneofCase.Report)
                report = answer.Report;
            if (json || answer.EventCase != GenerateReportResponse.EventOneofCase.Token)
                continue;
            if (answer.Token.Step != step)
            {
                Console.Out.Write($"{(step == ReportStep.Unspecified ? "" : "\n\n")}{answer.Token.Step.ToString().ToUpperInvariant()}: ");
                step = answer.Token.Step;
            }

            Console.Out.Write(answer.Token.Text);
        }

        ConsoleWriter.WriteLine(json, "");
        return report ?? throw new IOException("The report service ended its stream without a report.");
    }

    private static JsonObject ToJson(RadiologyReport report) => new()
    {
        ["findings"] = report.Findings,
        ["impression"] = report.Impression,
        ["attempts"] = report.Attempts.Count,
        ["findings_entities"] = new JsonArray([.. report.FindingsEntities.Select(e => (JsonNode)e)]),
        ["impression_entities"] = new JsonArray([.. report.ImpressionEntities.Select(e => (JsonNode)e)]),
    };

    private static string FormatNumber(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
