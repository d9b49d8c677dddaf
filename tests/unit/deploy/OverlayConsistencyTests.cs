using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>Each rendered overlay against itself, its page and the services: what one part names, another one has.</summary>
public sealed partial class OverlayConsistencyTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "README.md"));

    public static TheoryData<string> Overlays => OverlayTests.Overlays;

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Policies_EveryPortLetIn_IsOneOfThePodsTheySelect(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        foreach (var policy in mesh.Get<V1NetworkPolicy>())
        {
            foreach (var (port, pod) in policy.Spec.Ingress.SelectMany(i => i.Ports).SelectMany(
                port => mesh.SelectWorkloads(policy.Spec.PodSelector.MatchLabels).Select(pod => (port.Port.Value, pod))))
                Assert.True(PortsOf(mesh, pod).Contains(port), $"{policy.Metadata.Name} lets in port '{port}', which {pod} has not");
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Policies_TogetherWithTheServices_LetEveryPortOfAServiceIn(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        foreach (var service in mesh.Get<V1Service>())
        {
            var letIn = mesh.Get<V1NetworkPolicy>()
                .Where(p => mesh.SelectWorkloads(p.Spec.PodSelector.MatchLabels).Contains(service.Metadata.Name))
                .SelectMany(p => p.Spec.Ingress).SelectMany(i => i.Ports).Select(p => p.Port.Value).Distinct();
            Assert.Empty(service.Spec.Ports.Select(p => p.TargetPort.Value).Except(letIn));
            Assert.Empty(service.Spec.Ports.Select(p => p.TargetPort.Value).Except(PortsOf(mesh, service.Metadata.Name)));
        }
    }

    [Fact]
    public void Ingresses_EveryPath_LeadsToAPortOfAServiceAndEveryContractHasOne()
    {
        if (RenderedOverlay.Get("gpu-pools") is not { } mesh)
            return;
        var services = mesh.Get<V1Service>().ToDictionary(s => s.Metadata.Name, s => s.Spec.Ports.Select(p => p.Name).ToList());
        var paths = mesh.Get<V1Ingress>().SelectMany(i => i.Spec.Rules).SelectMany(r => r.Http.Paths).ToList();
        Assert.All(paths, p => Assert.Contains(p.Backend.Service.Port.Name, services[p.Backend.Service.Name]));
        var contracts = Directory.GetFiles(Path.Combine(Repository.Root, "protos", "syncxr"), "*.proto", SearchOption.AllDirectories)
            .Select(File.ReadAllText).SelectMany(text => ServicePattern().Matches(text)
                .Select(m => $"/{PackagePattern().Match(text).Groups[1].Value}.{m.Groups[1].Value}"));
        Assert.Equal(contracts.Append("/v1").Order(StringComparer.Ordinal),
            paths.Where(p => p.Backend.Service.Port.Name == "json").Select(p => p.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Secrets_EveryKeyOfThePage_IsASettingAndEverySecretIsReferenced(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        var referenced = mesh.Workloads.SelectMany(w => w.Spec.Template.Spec.Containers[0].EnvFrom).Select(f => f.SecretRef?.Name)
            .Concat(mesh.Workloads.SelectMany(w => w.Spec.Template.Spec.Volumes).Select(v => v.Secret?.SecretName))
            .Concat(mesh.Get<V1Ingress>().SelectMany(i => i.Spec.Tls).Select(t => t.SecretName)).OfType<string>().Distinct().ToList();
        Assert.All(referenced, name => Assert.Contains(name, _page, StringComparison.Ordinal));
        var created = SecretPattern().Matches(_page).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(created);
        Assert.Empty(created.Except(referenced));
        Assert.All(SecretKeyPattern().Matches(_page).Select(m => m.Groups[1].Value),
            key => Assert.True(BuiltServices.IsKnownSetting(key), $"{key} is unknown to every service"));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Endings_EachWorkload_OutlastEndpointsDelayAndDrain(string overlay)
    {
        if (RenderedOverlay.Get(overlay) is not { } mesh)
            return;
        var settings = mesh.Get<V1ConfigMap>().Single(m => m.Metadata.Name.StartsWith("mesh-settings", StringComparison.Ordinal)).Data;
        var delay = TimeSpan.Parse(settings["Mesh__DrainDelay"], CultureInfo.InvariantCulture).TotalSeconds;
        Assert.True(delay >= 10, "kube-proxy and callers may take seconds to learn that a pod ends");
        foreach (var workload in mesh.Workloads)
        {
            var pod = workload.Spec.Template.Spec;
            Assert.Equal("sleep", pod.Containers[0].Lifecycle.PreStop.Exec.Command[0]);
            var preStop = int.Parse(pod.Containers[0].Lifecycle.PreStop.Exec.Command[1], CultureInfo.InvariantCulture);
            Assert.True(pod.TerminationGracePeriodSeconds >= preStop + delay + new MeshOptions().DrainLimit.TotalSeconds + 5,
                $"{workload.Metadata.Name} would be killed before it has drained");
            var spread = Assert.Single(pod.TopologySpreadConstraints);
            Assert.Equal([workload.Metadata.Name], mesh.SelectWorkloads(spread.LabelSelector.MatchLabels));
        }
    }

    [Fact]
    public void GpuPools_EveryPodWithAGpu_IsToldToUseIt()
    {
        if (RenderedOverlay.Get("gpu-pools") is not { } mesh)
            return;
        var withGpu = mesh.Workloads.Where(w => w.Spec.Template.Spec.Containers[0].Resources.Limits.ContainsKey("nvidia.com/gpu")).ToList();
        Assert.Equal(["curation", "diffusion", "evaluator", "trainer"], withGpu.Select(w => w.Metadata.Name));
        foreach (var workload in withGpu)
        {
            var section = char.ToUpperInvariant(workload.Metadata.Name[0]) + workload.Metadata.Name[1..] + "__";
            Assert.Equal("cuda", Assert.Single(workload.Spec.Template.Spec.Containers[0].Env,
                e => e.Name == section + "Device" || e.Name == section + "ExecutionProvider").Value);
        }
    }

    [Fact]
    public void GpuPools_EachService_HasABudgetOfItsOwn()
    {
        if (RenderedOverlay.Get("gpu-pools") is not { } mesh)
            return;
        Assert.Equal(BuiltServices.Ports.Keys.Order(StringComparer.Ordinal),
            mesh.Get<V1PodDisruptionBudget>().Select(b => b.Metadata.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>A query finds its series by our own labels: the resource is a label on one of the two ways to Prometheus only.</summary>
    [Fact]
    public void Scaling_EachQuery_FindsASeriesAndReachesEveryReplica()
    {
        if (RenderedOverlay.Get("gpu-pools") is not { } mesh)
            return;
        var scaled = mesh.Get<ScaledObject>().ToList();
        Assert.Equal(["balancer", "curation", "diffusion", "report"],
            scaled.Select(s => s.Spec.ScaleTargetRef.Name).Order(StringComparer.Ordinal));
        var pairs = int.Parse(mesh.Workloads.Single(w => w.Metadata.Name == "balancer").Spec.Template.Spec.Containers[0].Env
            .Single(e => e.Name == "Balancer__Concurrency").Value, CultureInfo.InvariantCulture);
        foreach (var spec in scaled.Select(s => s.Spec))
        {
            Assert.NotNull(spec.Advanced!.HorizontalPodAutoscalerConfig.Behavior.ScaleDown.StabilizationWindowSeconds);
            var trigger = Assert.Single(spec.Triggers);
            if (trigger.Type == "cpu")
                continue; // the HPA's own: no series, no fallback
            Assert.InRange(spec.Fallback!.Replicas, 1, spec.MaxReplicaCount!.Value);
            var series = SeriesPattern().Match(trigger.Metadata["query"]);
            Assert.True(series.Success, $"{trigger.Metadata["query"]} must be the sum of a metric by one label");
            var (metric, label, value) = (series.Groups[1].Value, series.Groups[2].Value, series.Groups[3].Value);
            ExportedSeriesAssert.HasLabel(metric, label);
            var queue = value.Replace(".*", "", StringComparison.Ordinal);
            Assert.Matches($@"new (BatcherOptions|RequestConcurrencyLimiter)\(""{queue}""", BuiltServices.SourceText);
            if (value != queue) // and the queues before its models, "report by openai"
                Assert.Contains($@"new ModelQueues(""{queue}""", BuiltServices.SourceText, StringComparison.Ordinal);
            var threshold = int.Parse(trigger.Metadata["threshold"], CultureInfo.InvariantCulture);
            Assert.True(pairs >= threshold * spec.MaxReplicaCount,
                $"one data set keeps {pairs} pairs in work, {threshold} for each of {spec.MaxReplicaCount} replicas of "
                    + $"{spec.ScaleTargetRef.Name} would be more");
        }
    }

    private static IEnumerable<string> PortsOf(RenderedOverlay mesh, string workload) =>
        mesh.Workloads.Single(w => w.Metadata.Name == workload).Spec.Template.Spec.Containers[0].Ports.Select(p => p.Name);

    [GeneratedRegex(@"^sum\((\w+)\{(\w+)=~?""([^""]+)""\}\)$")]
    private static partial Regex SeriesPattern();

    [GeneratedRegex(@"^package ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex PackagePattern();

    [GeneratedRegex(@"^service (\w+)", RegexOptions.Multiline)]
    private static partial Regex ServicePattern();

    [GeneratedRegex(@"create secret (?:generic|tls) ([\w-]+)")]
    private static partial Regex SecretPattern();

    [GeneratedRegex(@"--from-literal=(\w+)=")]
    private static partial Regex SecretKeyPattern();
}
