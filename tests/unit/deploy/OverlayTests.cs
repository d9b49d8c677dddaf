using k8s.Models;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>The Kubernetes overlays name the services, ports, settings and metrics that exist.</summary>
public sealed class OverlayTests
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
    public void Workloads_EachOverlay_AreTheSevenWithTheirPortsAndProbes(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        Assert.Equal(BuiltServices.Ports.Keys.Order(StringComparer.Ordinal), mesh.Workloads.Select(w => w.Metadata.Name));
        foreach (var workload in mesh.Workloads)
        {
            var (name, pod) = (workload.Metadata.Name, workload.Spec.Template);
            var container = Assert.Single(pod.Spec.Containers);
            Assert.Equal(BuiltServices.Ports[name], Assert.Single(container.Ports, p => p.Name == "grpc").ContainerPort);
            Assert.Equal(BuiltServices.Ports[name] + 100, Assert.Single(container.Ports, p => p.Name == "json").ContainerPort);
            foreach (var (probe, health) in new[] { (container.StartupProbe, "live"), (container.ReadinessProbe, "ready"),
                (container.LivenessProbe, "live") })
                Assert.Equal(("operations", "/" + health), (probe.HttpGet.Port.Value, probe.HttpGet.Path));
            Assert.Equal(5300, Assert.Single(container.Ports, p => p.Name == "operations").ContainerPort);
            Assert.Equal(name, workload.Spec.Selector.MatchLabels[Name]);
            Assert.Equal((name, "syncxr-mesh"), (pod.Metadata.Labels[Name], pod.Metadata.Labels[PartOf]));
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
            var port = BuiltServices.Ports[service.Metadata.Name];
            Assert.Equal(service.Metadata.Name == "gateway" ? null : "None", service.Spec.ClusterIP);
            Assert.Equal([("grpc", port, "grpc"), ("json", port + 100, "json")],
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
            Assert.Equal($"dns+https:///{peer}:{BuiltServices.Ports[peer]}", settings.Data["Peers__" + peer]);
        Assert.Equal(AuthenticationModeNames.Token, settings.Data["Mesh__Authentication"]);
        Assert.Empty(mesh.Get<V1Secret>());
        foreach (var workload in mesh.Workloads)
        {
            var from = workload.Spec.Template.Spec.Containers[0].EnvFrom;
            Assert.Equal(settings.Metadata.Name, from[0].ConfigMapRef.Name);
            Assert.Equal(workload.Metadata.Name == "gateway" ? [] : [workload.Metadata.Name + "-secrets"],
                from.Skip(1).Select(f => f.SecretRef.Name));
            var pod = workload.Spec.Template.Spec;
            Assert.Equal([workload.Metadata.Name + "-tls", "mesh-tokens"],
                pod.Volumes.Where(v => v.Secret is not null).Select(v => v.Secret.SecretName));
            foreach (var setting in new[] { "Mesh__TokenFile", "Tls__Certificate", "Tls__Key", "Tls__Authority" })
                Assert.Contains(Path.GetDirectoryName(settings.Data[setting]), pod.Containers[0].VolumeMounts.Select(m => m.MountPath));
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
            p => mesh.SelectWorkloads(p.Spec.PodSelector.MatchLabels));
        Assert.Equal(7, policies["mesh-inside"].Count);
        Assert.Equal(["gateway"], policies["mesh-door"]);
        Assert.All(mesh.Get<V1PodDisruptionBudget>(),
            b => Assert.Equal([b.Metadata.Name], mesh.SelectWorkloads(b.Spec.Selector.MatchLabels)));
    }
}
