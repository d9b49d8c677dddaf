using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Peers;

internal static class ModelProducerMapping
{
    /// <summary>What an evaluation records about a model that it used.</summary>
    public static Producer ToProducer(ModelDescription model) => new()
    {
        Model = model.Name,
        Version = model.Version,
        Digest = model.Digest,
        Engine = model.Engine,
    };
}
