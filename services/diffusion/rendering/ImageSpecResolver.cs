using System.Text;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Checks the image spec of a request and fills in the defaults of its model.</summary>
internal static class ImageSpecResolver
{
    /// <summary>Limit of a prompt, in bytes of UTF-8.</summary>
    public const int MaxPromptBytes = 8 * 1024;

    private const int MaxSteps = 1000;
    private const double MaxGuidance = 50;

    /// <summary>Resolves a spec against the models of the replica, default first.</summary>
    /// <exception cref="MeshException">INVALID_FIELD, with every field that is wrong.</exception>
    public static ResolvedImageSpec Resolve(ImageSpec? spec, IReadOnlyList<IDiffusionEngine> models)
    {
        if (spec is null)
            throw MeshException.Invalid("spec", "A spec must be given.");
        var model = spec.Model.Length == 0 ? models[0] : models.FirstOrDefault(known => known.Card.Name == spec.Model)
            ?? throw MeshException.Invalid("spec.model",
                $"Unknown model '{Shorten(spec.Model)}'; this replica has {string.Join(", ", models.Select(known => known.Card.Name))}.");
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
        var guidance = spec.HasGuidance ? spec.Guidance : defaults.Guidance;
        if (!(guidance is >= 1 and <= MaxGuidance)) // Also refuses NaN.
            problems.Add(new FieldViolation("spec.guidance", $"The guidance must be a number from 1 to {MaxGuidance}, not {guidance}."));
        var name = spec.Scheduler.Length == 0 ? defaults.Scheduler : spec.Scheduler;
        if (FindSamplingProblem(model, name, steps, SamplingOptions.None) is { } problem && problems.Count == 0)
            problems.Add(problem);
        var nativeSize = ResolveNativeSize(problems, spec, model);

        return problems.Count == 0
            ? new ResolvedImageSpec(model, spec.Prompt, spec.NegativePrompt, width, height, steps, guidance, name, spec.Seed,
                nativeSize)
            : throw new MeshException(ErrorReasons.InvalidField,
                string.Join("; ", problems.Select(problem => $"{problem.Field}: {problem.Description}")), problems);
    }

    /// <summary>Limit of denoising steps for a model.</summary>
    public static int MaxStepsOf(IDiffusionEngine model) => Math.Min(MaxSteps, model.Schedulers.TrainTimesteps);

    /// <summary>The native sizes that a model was trained with, in rising order; none if the model is not conditioned on them.</summary>
    public static IReadOnlyList<int> NativeSizesOf(IDiffusionEngine model) =>
        model.HasNativeSize
            ? [.. model.Card.Sources.Select(source => source.NativeSize).Append(model.Card.Defaults!.NativeSize).Distinct().Order()] : [];

    // What the model's scheduler config can't do, it is refused for before it waits for anything.
    private static FieldViolation? FindSamplingProblem(IDiffusionEngine model, string scheduler, int steps, SamplingOptions sampling)
    {
        if (!SchedulerNames.IsKnown(scheduler))
            return new FieldViolation("spec.scheduler", SchedulerNames.DescribeUnknown(Shorten(scheduler)));
        try
        {
            var chosen = model.Schedulers.Get(scheduler);
            chosen.SetTimesteps(steps, sampling, 1);
            return chosen.OutputsPerElement == model.OutputsPerElement ? null : new FieldViolation("spec.scheduler",
                $"{scheduler} wants {chosen.OutputsPerElement} outputs for each element of the latent; the model's U-Net gives "
                    + $"{model.OutputsPerElement}");
        }
        catch (SamplingRefusedException refusal)
        {
            return new FieldViolation($"spec.{refusal.Field}", refusal.Description);
        }
        catch (InvalidDataException refusal)
        {
            return new FieldViolation("spec.scheduler", refusal.Message);
        }
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

    private static string Shorten(string name) => name.Length <= 64 ? name : name[..64] + "...";
}
