using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
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
        Description = "Scheduler: ddim or dpm-solver++. Default: the model's.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<bool> _allEntitiesOption = new("--all-entities")
    {
        Description = "Put every entity into the IMPRESSION, as the paper does. Default: the salient ones.",
    };

    public static Command Build()
    {
        var report = new Command("report", "Write a report for a set of entities.") { _entitiesOption, _seedOption, _allEntitiesOption };
        var image = new Command("image", "Render an image from a prompt.")
        {
            _promptOption, _seedOption, _outOption, _stepsOption, _guidanceOption, _widthOption, _heightOption, _schedulerOption,
        };
        var pair = new Command("pair", "Write a report, render its image and judge the image.")
        {
            _entitiesOption, _seedOption, _outOption, _allEntitiesOption,
        };
        return new Command("generate", "Make one report, image or pair, and show it while it is made.")
        {
            report.WithAction(RunReportAsync),
            image.WithAction(RunImageAsync),
            pair.WithAction(RunPairAsync),
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
        var file = PathArgumentValidator.ValidateNewFile("--out", parsed.GetValue(_outOption)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var spec = new ImageSpec
        {
            Prompt = parsed.GetValue(_promptOption)!,
            Seed = parsed.GetValue(_seedOption),
            Scheduler = parsed.GetValue(_schedulerOption)!,
        };
        if (parsed.GetValue(_stepsOption) is { } steps)
            spec.Steps = steps;
        if (parsed.GetValue(_guidanceOption) is { } guidance)
            spec.Guidance = guidance;
        if (parsed.GetValue(_widthOption) is { } width)
            spec.Width = width;
        if (parsed.GetValue(_heightOption) is { } height)
            spec.Height = height;
        var (png, image) = await StreamImageAsync(mesh, spec, cancellation);
        await File.WriteAllBytesAsync(file, png, cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
            $"{file}: {image.Width}×{image.Height}, {image.PromptTokens} tokens{(image.PromptTruncated ? ", prompt truncated" : "")}");
        return (ExitCodes.Ok, ToJson(file, image));
    }

    private static async Task<(int, JsonObject?)> RunPairAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var file = PathArgumentValidator.ValidateNewFile("--out", parsed.GetValue(_outOption)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var report = await StreamReportAsync(parsed, mesh, cancellation);
        var (png, image) = await StreamImageAsync(mesh, new ImageSpec { Prompt = report.Impression, Seed = parsed.GetValue(_seedOption) },
            cancellation);
        var request = new AssessImageRequest
        {
            Image = new ImageSource { Content = ByteString.CopyFrom(png) },
            Generator = image.Generator.Model,
        };
        var verdict = (await new CurationService.CurationServiceClient(mesh.Invoker).AssessImageAsync(request,
            cancellationToken: cancellation)).Verdict;
        await File.WriteAllBytesAsync(file, png, cancellation);
        ConsoleWriter.WriteTable(json, verdict.Accepted ? "accepted" : "rejected: " + string.Join(", ", verdict.Reasons),
            ["question", "answer", "score", "threshold"],
        [
            .. verdict.Answers.Select(
                a => new[] { a.Question, a.Untrained ? "(untrained)" : a.Yes ? "yes" : "no", FormatNumber(a.Score),
                    FormatNumber(a.Threshold) }),
            .. verdict.Likenesses.Select(
                l => new[] { l.Check, l.Refused ? "too similar to " + l.Nearest : "different enough", FormatNumber(l.Similarity),
                    FormatNumber(l.Threshold) }),
        ]);
        return (ExitCodes.Ok, new JsonObject
        {
            ["report"] = ToJson(report),
            ["image"] = ToJson(file, image),
            ["accepted"] = verdict.Accepted,
            ["reasons"] = new JsonArray([.. verdict.Reasons.Select(r => (JsonNode)r)]),
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

    private static async Task<(byte[] Png, GeneratedImage Image)> StreamImageAsync(MeshConnection mesh, ImageSpec spec,
        CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start("denoising");
        using var call = new DiffusionService.DiffusionServiceClient(mesh.Invoker).GenerateImage(new GenerateImageRequest { Spec = spec },
            cancellationToken: cancellation);
        using var png = new MemoryStream();
        GeneratedImage? image = null;
        await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellation))
        {
            switch (answer.EventCase)
            {
                case GenerateImageResponse.EventOneofCase.Step:
                    progress.ShowCount(answer.Step.Step_, answer.Step.Total, "");
                    break;
                case GenerateImageResponse.EventOneofCase.Part:
                    answer.Part.Data.WriteTo(png);
                    break;
                case GenerateImageResponse.EventOneofCase.Image:
                    image = answer.Image;
                    break;
            }
        }

        return (png.ToArray(), image ?? throw new IOException("The diffusion service ended its stream without an image."));
    }

    private static JsonObject ToJson(RadiologyReport report) => new()
    {
        ["findings"] = report.Findings,
        ["impression"] = report.Impression,
        ["attempts"] = report.Attempts.Count,
        ["findings_entities"] = new JsonArray([.. report.FindingsEntities.Select(e => (JsonNode)e)]),
        ["impression_entities"] = new JsonArray([.. report.ImpressionEntities.Select(e => (JsonNode)e)]),
    };

    private static JsonObject ToJson(string file, GeneratedImage image) => new()
    {
        ["file"] = file,
        ["sha256"] = image.Sha256,
        ["pixels_sha256"] = image.PixelsSha256,
        ["width"] = image.Width,
        ["height"] = image.Height,
        ["prompt_tokens"] = image.PromptTokens,
        ["prompt_truncated"] = image.PromptTruncated,
    };

    private static string FormatNumber(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
