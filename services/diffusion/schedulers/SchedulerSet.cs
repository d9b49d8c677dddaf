using System.Collections.Concurrent;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The schedulers that a model can be sampled with: its config under each class, made when first asked for.</summary>
internal sealed class SchedulerSet(SchedulerConfig config)
{
    private readonly ConcurrentDictionary<string, IScheduler> _byName = new(StringComparer.Ordinal);

    public SchedulerConfig Config => config;

    /// <summary>Timesteps of the model's forward process.</summary>
    public int TrainTimesteps { get; } = new SchedulerSettings(config, "any class").ReadTrainTimesteps();

    /// <summary>Reads a config, which must be of a class that is known and that accepts it.</summary>
    /// <exception cref="InvalidDataException">Names file and key.</exception>
    public static SchedulerSet Load(string path)
    {
        var schedulers = new SchedulerSet(SchedulerConfig.Read(path));
        if (schedulers.Config.ClassName is not { } name)
            return schedulers;
        if (!SchedulerNames.IsClass(name))
        {
            var known = SchedulerNames.All.Where(SchedulerNames.IsClass).Order(StringComparer.Ordinal);
            throw new InvalidDataException($"{path}: _class_name: must be one of {string.Join(", ", known)}");
        }

        schedulers.Get(name);
        return schedulers;
    }

    /// <summary>
    /// Names of the schedulers that accept the config and that a network of so many outputs for each element of the latent can be sampled
    /// with, in ordinal order.
    /// </summary>
    public IReadOnlyList<string> NamesFor(int outputsPerElement) =>
        [.. SchedulerNames.All.Where(name => Accepts(name, outputsPerElement)).Order(StringComparer.Ordinal)];

    /// <summary>A sentence for each key of the config that the scheduler of a name doesn't know, in ordinal order.</summary>
    public IReadOnlyList<string> DescribeUnknownKeys(string name)
    {
        var scheduler = Get(name);
        return [.. scheduler.UnknownKeys.Select(key => $"{Path.GetFileName(config.Path)}: the key '{EchoedText.Shorten(key)}' is not one "
            + $"of {scheduler.Name}'s and changes nothing.")];
    }

    /// <summary>The scheduler of a name of <see cref="SchedulerNames"/>.</summary>
    /// <exception cref="InvalidDataException">The config holds what the class refuses.</exception>
    public IScheduler Get(string name) => _byName.GetOrAdd(name, static (name, config) => SchedulerNames.Create(name, config), config);

    private bool Accepts(string name, int outputsPerElement)
    {
        try
        {
            return Get(name).OutputsPerElement == outputsPerElement;
        }
        catch (InvalidDataException)
        {
            return false; // The class refuses the config: who names it is told why.
        }
    }
}
