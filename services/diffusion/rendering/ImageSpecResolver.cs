using System.Text;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Checks the image spec of a request and fills in the defaults of its model.</summary>
internal static class ImageSpecResolver
{
    /// <summary>Limit of a prompt, in bytes of UTF-8.</summary>
    public const int MaxPromptBytes = 8 * 1024;

    private const int MaxSteps = 1000;

    // 1200 tokens with CLIP. Each chunk is a run of the text encoder, and its states cost time in every step of the whole batch.
    private const int MaxChunks = 16;
    private const double MaxGuidance = 50;
    private const double UsualStrength = 0.8; // diffusers' of image-to-image

    /// <summary>
    /// Resolves a spec against the models of the replica, default first. The files of an image and a mask are not read.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD, with every field that is wrong.</exception>
    public static ResolvedImageSpec Resolve(ImageSpec? spec, IReadOnlyList<IDiffusionEngine> models)
    {
        if (spec is null)
            throw MeshException.Invalid("spec", "A spec must be given.");
        var model = spec.Model.Length == 0 ? models[0] : models.FirstOrDefault(known => known.Card.Name == spec.Model)
            ?? throw MeshException.Invalid("spec.model",
                $"Unknown model '{EchoedText.Shorten(spec.Model)}'; this replica has "
                    + $"{string.Join(", ", models.Select(known => known.Card.Name))}.");
        var defaults = model.Card.Defaults!;
        var problems = new List<FieldViolation>();

        CheckPrompt(problems, "spec.prompt", spec.Prompt);
        if (string.IsNullOrWhiteSpace(spec.Prompt))
            problems.Add(new FieldViolation("spec.prompt", "The prompt must not be empty."));
        CheckPrompt(problems, "spec.negative_prompt", spec.NegativePrompt);
        var width = spec.HasWidth ? spec.Width : defaults.Width;
        CheckSide(problems, "spec.width", width, model.FixedWidth, model);
        var height = spec.HasHeight ? spec.Height : defaults.Height;
        CheckSide(problems, "spec.height", height, model.FixedHeight, model);
        var steps = spec.HasSteps ? spec.Steps : defaults.Steps;
        var maxSteps = MaxStepsOf(model);
        if (steps < 1 || steps > maxSteps)
            problems.Add(new FieldViolation("spec.steps", $"The number of steps must be 1 to {maxSteps}, not {steps}."));
        var sampling = SamplingMapping.ToOptions(spec.Sampling);
        SamplingSettingsValidator.Check(problems, spec.Sampling ?? new SamplingSettings(), model.Schedulers.TrainTimesteps, maxSteps);
        var guidance = spec.HasGuidance ? spec.Guidance : defaults.Guidance;
        if (!(guidance is >= 1 and <= MaxGuidance)) // Also refuses NaN.
            problems.Add(new FieldViolation("spec.guidance", $"The guidance must be a number from 1 to {MaxGuidance}, not {guidance}."));
        var name = spec.Scheduler.Length == 0 ? defaults.Scheduler : spec.Scheduler;
        var nativeSize = ResolveNativeSize(problems, spec, model);
        CheckChannels(problems, spec.Channels, model);
        var strength = ResolveStrength(problems, spec, model, width, height);
        if (problems.Count == 0)
            steps = CountSteps(problems, model, name, spec.HasSteps || !sampling.HasOwnLevels ? steps : null, sampling, strength ?? 1);
        var resolved = new ResolvedImageSpec(model, spec.Prompt, spec.NegativePrompt, width, height, steps, guidance, name, spec.Seed,
            nativeSize)
        {
            AskedSampling = new SamplingSettings().Equals(spec.Sampling) ? null : spec.Sampling,
            Sampling = sampling,
            Channels = spec.Channels.Length == 0 ? ImageChannelNames.Gray : spec.Channels,
            GuidanceRescale = spec.Sampling is { HasGuidanceRescale: true } ? spec.Sampling.GuidanceRescale : null,
            Overflow = ResolveOverflow(problems, spec, model),
            Strength = strength,
        };
        if (problems.Count == 0 && resolved.Chunks is > MaxChunks and var chunks)
            problems.Add(new FieldViolation("spec.prompt",
                $"The prompt and the negative prompt must fit {MaxChunks} chunks of the text encoder's length, not {chunks}."));
        return problems.Count == 0 ? resolved
            : throw new MeshException(ErrorReasons.InvalidField,
                string.Join("; ", problems.Select(problem => $"{problem.Field}: {problem.Description}")), problems);
    }

    /// <summary>Limit of denoising steps for a model.</summary>
    public static int MaxStepsOf(IDiffusionEngine model) => Math.Min(MaxSteps, model.Schedulers.TrainTimesteps);

    /// <summary>The native sizes that a model was trained with, in rising order; none if the model is not conditioned on them.</summary>
    public static IReadOnlyList<int> NativeSizesOf(IDiffusionEngine model) =>
        model.HasNativeSize
            ? [.. model.Card.Sources.Select(source => source.NativeSize).Append(model.Card.Defaults!.NativeSize).Distinct().Order()] : [];

    // What the model's scheduler config can't do, it is refused for before it waits for anything. The steps are those that are asked for,
    // or as many as the caller's own timesteps or sigmas make.
    private static int CountSteps(List<FieldViolation> problems, IDiffusionEngine model, string scheduler, int? steps,
        SamplingOptions sampling, double strength)
    {
        if (!SchedulerNames.IsKnown(scheduler))
        {
            problems.Add(new FieldViolation("spec.scheduler", SchedulerNames.DescribeUnknown(scheduler)));
            return 0;
        }
        try
        {
            var chosen = model.Schedulers.Get(scheduler);
            var path = chosen.SetTimesteps(sampling.HasOwnLevels ? null : steps, sampling, 1, strength);
            if (chosen.OutputsPerElement != model.OutputsPerElement)
                problems.Add(new FieldViolation("spec.scheduler",
                    $"{scheduler} wants {chosen.OutputsPerElement} outputs for each element of the latent; the model's U-Net gives "
                        + $"{model.OutputsPerElement}"));
            var counted = sampling.HasOwnLevels ? sampling.Timesteps?.Count ?? path.Timesteps.Count : steps!.Value;
            if (steps is not null && steps != counted)
                problems.Add(new FieldViolation("spec.steps",
                    $"The timesteps or sigmas of spec.sampling make {counted} steps, not {steps}; leave the field out."));
            return counted;
        }
        catch (SamplingRefusedException refusal)
        {
            var field = refusal.Field != "steps" || !sampling.HasOwnLevels ? refusal.Field
                : $"sampling.{(sampling.Timesteps is null ? SamplingOptionNames.Sigmas : SamplingOptionNames.Timesteps)}";
            problems.Add(new FieldViolation($"spec.{field}", refusal.Description));
        }
        catch (InvalidDataException refusal)
        {
            var file = model.Schedulers.Config.Path; // A caller need not know where on this machine it lies.
            problems.Add(new FieldViolation("spec.scheduler",
                refusal.Message.Replace(file, Path.GetFileName(file), StringComparison.Ordinal)));
        }
        return 0;
    }

    private static void CheckPrompt(List<FieldViolation> problems, string field, string prompt)
    {
        if (Encoding.UTF8.GetByteCount(prompt) is > MaxPromptBytes and var size)
            problems.Add(new FieldViolation(field, $"The prompt must have at most {MaxPromptBytes} bytes of UTF-8, not {size}."));
    }

    private static void CheckSide(List<FieldViolation> problems, string field, int side, int? fixedSide, IDiffusionEngine model)
    {
        if (fixedSide is not null && side != fixedSide)
            problems.Add(new FieldViolation(field, $"The model renders {fixedSide} pixels only, not {side}."));
        else if (side < model.SideStep || side > model.MaxSide || side % model.SideStep != 0)
        {
            problems.Add(new FieldViolation(
                field, $"The side must be a multiple of {model.SideStep} from {model.SideStep} to {model.MaxSide} pixels, not {side}."));
        }
    }

    private static void CheckChannels(List<FieldViolation> problems, string channels, IDiffusionEngine model)
    {
        if (channels.Length > 0 && !ImageChannelNames.All.Contains(channels))
            problems.Add(new FieldViolation("spec.channels",
                $"The channels must be {string.Join(" or ", ImageChannelNames.All)}, not '{EchoedText.Shorten(channels)}'."));
        else if (channels == ImageChannelNames.Rgb && model.Colours == 1)
            problems.Add(new FieldViolation("spec.channels", "The model's decoder gives gray only."));
    }

    private static double? ResolveStrength(List<FieldViolation> problems, ImageSpec spec, IDiffusionEngine model, int width, int height)
    {
        if (spec.Image is null)
        {
            if (spec.HasStrength)
                problems.Add(new FieldViolation("spec.strength", "The strength needs an image to start from; leave the field out."));
            if (spec.Mask is not null)
                problems.Add(new FieldViolation("spec.mask", "The mask needs an image to start from; leave the field out."));
            return null;
        }
        if (model.FindEncoderProblem(width, height) is { } problem)
            problems.Add(new FieldViolation("spec.image", problem));
        var strength = spec.HasStrength ? spec.Strength : UsualStrength;
        if (!(strength is >= 0 and <= 1)) // Also refuses NaN.
            problems.Add(new FieldViolation("spec.strength", $"The strength must be a number from 0 to 1, not {strength}."));
        return strength;
    }

    private static int? ResolveNativeSize(List<FieldViolation> problems, ImageSpec spec, IDiffusionEngine model)
    {
        if (!model.HasNativeSize)
        {
            if (spec.HasNativeSize)
                problems.Add(new FieldViolation("spec.native_size", "The model is not conditioned on a native size; leave the field out."));
            return null;
        }
        var known = NativeSizesOf(model);
        if (!spec.HasNativeSize || known.Contains(spec.NativeSize))
            return spec.HasNativeSize ? spec.NativeSize : model.Card.Defaults!.NativeSize;
        problems.Add(new FieldViolation("spec.native_size",
            $"The native size must be one that the model was trained with ({string.Join(", ", known)}), not {spec.NativeSize}."));
        return null;
    }

    private static PromptOverflow ResolveOverflow(List<FieldViolation> problems, ImageSpec spec, IDiffusionEngine model)
    {
        if (!Enum.IsDefined(spec.PromptOverflow))
            problems.Add(new FieldViolation("spec.prompt_overflow", $"Truncate or chunk is wanted, not {(int)spec.PromptOverflow}."));
        if (spec.PromptOverflow != PromptOverflow.Chunk)
            return PromptOverflow.Truncate;
        if (!model.TakesSeveralChunks)
            problems.Add(new FieldViolation("spec.prompt_overflow",
                "The model's U-Net fixes the number of text states, so a prompt can't have several chunks; leave the field out."));
        return PromptOverflow.Chunk;
    }
}
