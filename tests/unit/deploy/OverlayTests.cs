using System.Text.RegularExpressions;
using k8s.Models;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>The Kubernetes overlays name the services, ports, settings and metrics that exist.</summary>
public sealed partial class OverlayTests
{
    private const string Name = "app.kubernetes.io/name";
    private const string PartOf = "app.kubernetes.io/part-of";

    public static TheoryData<string> Overlays =>
        [.. Directory.GetDirectories(Path.Combine(Repository.Root, "deploy", "overlays")).Select(d => Path.GetFileName(d)).Order()];

    [Fact]
    public void Overlays_TheFolder_HasBoth() => Assert.Equal(["gpu-pools", "one-node"], Overlays.Select(o => o.Data));

    [Theory]
    [InlineData("kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: {ports: [{prot: 1}]}")]
    [InlineData("kind: ScaledObject\napiVersion: keda.sh/v1alpha1\nmetadata: {name: a}\nspec: {minReplicas: 1}")]
    public void Parse_FieldThatTheApiLacks_IsAnError(string text) => Assert.ThrowsAny<Exception>(() => RenderedOverlay.Parse(text));

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Workloads_EachOverlay_AreTheSevenWithTheirPortsAndGrpcProbes(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        Assert.Equal(BuiltServices.Ports.Keys.Order(StringComparer.Ordinal), mesh.Workloads.Select(w => w.Metadata.Name));
        foreach (var workload in mesh.Workloads)
        {
            var (name, pod) = (workload.Metadata.Name, workload.Spec.Template);
            var container = Assert.Single(pod.Spec.Containers);
            Assert.Equal(BuiltServices.Ports[name], Assert.Single(container.Ports, p => p.Name == "grpc").ContainerPort);
            Assert.All(container.Ports.Where(p => p.Name == "json"), p => Assert.Equal(BuiltServices.Ports[name] + 100, p.ContainerPort));
            foreach (var (probe, health) in new[] { (container.StartupProbe, "live"), (container.ReadinessProbe, "ready"),
                (container.LivenessProbe, "live") })
                Assert.Equal((BuiltServices.Ports[name], health), (probe.Grpc.Port, probe.Grpc.Service));
            Assert.Equal(name, workload.Spec.Selector.MatchLabels[Name]);
            Assert.Equal((name, "syncxr-mesh"), (pod.Metadata.Labels[Name], pod.Metadata.Labels[PartOf]));
            Assert.True(pod.Spec.TerminationGracePeriodSeconds > new MeshOptions().DrainLimit.TotalSeconds + 5,
                $"{name} would be killed before it has drained");
            Assert.Equal((true, true, false),
                (pod.Spec.SecurityContext.RunAsNonRoot, container.SecurityContext.ReadOnlyRootFilesystem,
                    container.SecurityContext.AllowPrivilegeEscalation));
            Assert.NotNull(container.Resources.Limits["memory"]);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Services_EachOverlay_AreNamesOfReplicasAndTheGatewayAlone(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        Assert.Equal(BuiltServices.Ports.Keys.Order(StringComparer.Ordinal),
            mesh.Get<V1Service>().Select(s => s.Metadata.Name).Order(StringComparer.Ordinal));
        foreach (var service in mesh.Get<V1Service>())
        {
            var selected = mesh.Workloads.Where(
                w => service.Spec.Selector.All(s => w.Spec.Template.Metadata.Labels.TryGetValue(s.Key, out var value) && value == s.Value));
            Assert.Equal(service.Metadata.Name, Assert.Single(selected).Metadata.Name);
            if (service.Metadata.Name != "gateway")
            {
                Assert.Equal("None", service.Spec.ClusterIP);
                continue;
            }

            Assert.Null(service.Spec.ClusterIP);
            Assert.Equal([("grpc", 5100, "grpc"), ("json", 5200, "json")],
                service.Spec.Ports.Select(p => (p.Name, p.Port, p.TargetPort.Value)));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Settings_EachOverlay_AreKnownToTheServicesAndNoneIsSecret(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        var settings = mesh.Get<V1ConfigMap>().Single(m => m.Metadata.Name.StartsWith("mesh-settings", StringComparison.Ordinal));
        Assert.All(
            settings.Data.Keys.Concat(mesh.Workloads.SelectMany(w => w.Spec.Template.Spec.Containers[0].Env ?? []).Select(e => e.Name)),
            key => Assert.True(BuiltServices.IsKnownSetting(key), $"{key} is unknown to every service"));
        foreach (var peer in BuiltServices.Ports.Keys.Except(["gateway"]))
            Assert.Equal($"dns:///{peer}:{BuiltServices.Ports[peer]}", settings.Data["Peers__" + peer]);
        Assert.Equal(AuthenticationModeNames.Token, settings.Data["Mesh__Authentication"]);
        Assert.Empty(mesh.Get<V1Secret>());
        foreach (var workload in mesh.Workloads)
        {
            var from = workload.Spec.Template.Spec.Containers[0].EnvFrom;
            Assert.Equal(settings.Metadata.Name, from[0].ConfigMapRef.Name);
            Assert.Equal("mesh-tokens", from[1].SecretRef.Name);
            Assert.Equal(workload.Metadata.Name is "balancer" or "trainer" or "evaluator",
                from.Any(f => f.SecretRef?.Name == "mesh-database"));
            Assert.Equal(workload.Metadata.Name is not ("report" or "gateway"), from.Any(f => f.SecretRef?.Name == "mesh-stores"));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Images_EachOverlay_AreTheServicesOwnInThisVersion(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        foreach (var workload in mesh.Workloads)
        {
            var onGpu = overlay == "gpu-pools" && workload.Metadata.Name is "diffusion" or "curation" or "trainer" or "evaluator";
            var container = workload.Spec.Template.Spec.Containers[0];
            Assert.Equal($"syncxr-mesh/{workload.Metadata.Name}:{BuiltServices.Version}{(onGpu && overlay == "gpu-pools" ? "-cuda" : "")}",
                container.Image);
            Assert.Equal(onGpu && overlay == "gpu-pools", container.Resources.Limits.ContainsKey("nvidia.com/gpu"));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Selectors_PoliciesAndBudgets_SelectPodsThatAreThere(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        var policies = mesh.Get<V1NetworkPolicy>().ToDictionary(p => p.Metadata.Name,
            p => SelectedWorkloads(mesh, p.Spec.PodSelector.MatchLabels));
        Assert.Equal(7, policies["mesh-inside"].Count);
        Assert.Equal(["gateway"], policies["mesh-door"]);
        Assert.All(mesh.Get<V1PodDisruptionBudget>(), b => Assert.Equal(7, SelectedWorkloads(mesh, b.Spec.Selector.MatchLabels).Count));
        Assert.All(mesh.Get<V1Ingress>(), i => Assert.Equal("gateway", i.Spec.Rules[0].Http.Paths[0].Backend.Service.Name));
    }

    [Fact]
    public void GpuPools_ItsConcerns_AreThere()
    {
        if (RenderedOverlay.Get("gpu-pools") is not { } mesh)
            return;
        Assert.Single(mesh.Get<V1PodDisruptionBudget>());
        Assert.Single(mesh.Get<V1Ingress>());
        Assert.Single(mesh.Get<TriggerAuthentication>());
        Assert.Equal(["balancer", "curation", "diffusion", "report"],
            mesh.Get<ScaledObject>().Select(s => s.Spec.ScaleTargetRef.Name).Order(StringComparer.Ordinal));
        foreach (var trigger in mesh.Get<ScaledObject>().Select(s => Assert.Single(s.Spec.Triggers)))
        {
            if (trigger.Type == "rabbitmq")
                Assert.Contains($"\"{trigger.Metadata["queueName"]}\"", BuiltServices.SourceText, StringComparison.Ordinal);
            else
                Assert.All(FindMetrics(trigger.Metadata["query"]), AssertIsMeasured);
        }
    }

    [Fact]
    public void Dashboards_EveryMetric_IsOneThatAServiceHas()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "dashboards"), "*.json");
        Assert.NotEmpty(files);
        Assert.All(files.SelectMany(f => FindMetrics(File.ReadAllText(f))), AssertIsMeasured);
    }

    private static List<string> SelectedWorkloads(RenderedOverlay mesh, IDictionary<string, string> labels) =>
        [.. mesh.Workloads.Where(
            w => labels.All(l => w.Spec.Template.Metadata.Labels.TryGetValue(l.Key, out var value) && value == l.Value))
            .Select(w => w.Metadata.Name)];

    private static IEnumerable<string> FindMetrics(string text) => MetricPattern().Matches(text).Select(m => m.Value).Distinct();

    /// <summary>Looks up a Prometheus name among our metrics: without the unit and kind at its end, and with dots for underlines.</summary>
    private static void AssertIsMeasured(string metric)
    {
        var plain = SuffixPattern().Replace(metric, "");
        Assert.True(NamePattern().Matches(BuiltServices.SourceText).Any(m => m.Groups[1].Value.Replace('.', '_') == plain),
            $"{metric} is not a metric of any service");
    }

    [GeneratedRegex("syncxr_[a-z_]+")]
    private static partial Regex MetricPattern();

    [GeneratedRegex("(_seconds)?(_total|_bucket|_sum|_count)?$")]
    private static partial Regex SuffixPattern();

    [GeneratedRegex("Create[A-Za-z]+<\\w+>\\(\\s*\"(syncxr\\.[a-z._]+)\"")]
    private static partial Regex NamePattern();
}
