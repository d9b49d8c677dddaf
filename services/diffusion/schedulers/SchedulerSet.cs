using System.Collections.Concurrent;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The schedulers that a model can be sampled with: its config under each class, made when first asked for.</summary>
internal sealed class SchedulerSet(SchedulerConfig config)
{
    private readonly ConcurrentDictionary<string, IScheduler> _byName = new(StringComparer.Ordinal);

    public SchedulerConfig Config => config;

    /// <summary>Timesteps of the model's forward process.</summary>
    public int TrainTimesteps { get; } = new SchedulerSettings(config, "any class").ReadCount("num_train_timesteps", 1000, least: 1);

    /// <summary>Reads a config, which must be of a class that is known and that accepts it.</summary>
    /// <exception cref="InvalidDataException">Names file, key and value.</exception>
    public static SchedulerSet Load(string path)
    {
        var schedulers = new SchedulerSet(SchedulerConfig.Read(path));
        if (schedulers.Config.ClassName is not { } name)
            return schedulers;
        if (!SchedulerNames.IsClass(name))
            throw new InvalidDataException($"{path}: _class_name {SchedulerNames.DescribeUnknown(name)}");
        schedulers.Get(name);
        return schedulers;
    }

    /// <summary>The scheduler of a name of <see cref="SchedulerNames"/>.</summary>
    /// <exception cref="InvalidDataException">The config holds what the class refuses.</exception>
    public IScheduler Get(string name) => _byName.GetOrAdd(name, static (name, config) => SchedulerNames.Create(name, config), config);
}
