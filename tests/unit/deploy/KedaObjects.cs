using k8s;
using k8s.Models;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>
/// The part of KEDA 2's <c>keda.sh/v1alpha1</c> that our manifests use, since KubernetesClient has no models of it. Parsing fails on a
/// field that is not here.
/// </summary>
public sealed class ScaledObject : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public ScaledObjectSpec Spec { get; set; } = new();
}

public sealed class ScaledObjectSpec
{
    public ScaleTarget ScaleTargetRef { get; set; } = new();

    public int? PollingInterval { get; set; }

    public int? CooldownPeriod { get; set; }

    public int? MinReplicaCount { get; set; }

    public int? MaxReplicaCount { get; set; }

    public ScaleFallback? Fallback { get; set; }

    public AdvancedScaling? Advanced { get; set; }

    public IList<ScaleTrigger> Triggers { get; set; } = [];
}

public sealed class ScaleTarget
{
    public string Name { get; set; } = "";
}

public sealed class ScaleTrigger
{
    public string Type { get; set; } = "";

    public IDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();

    public string? MetricType { get; set; }
}

public sealed class ScaleFallback
{
    public int FailureThreshold { get; set; }

    public int Replicas { get; set; }
}

public sealed class AdvancedScaling
{
    public AutoscalerConfig HorizontalPodAutoscalerConfig { get; set; } = new();
}

public sealed class AutoscalerConfig
{
    public V2HorizontalPodAutoscalerBehavior Behavior { get; set; } = new();
}
