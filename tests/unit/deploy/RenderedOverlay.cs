using System.Diagnostics;
using k8s;
using k8s.Models;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>
/// The objects of an overlay, as <c>kubectl kustomize</c> prints it. Parsing fails on a field that the Kubernetes API lacks.
/// </summary>
internal sealed class RenderedOverlay
{
    private static readonly Dictionary<string, RenderedOverlay?> _overlays = [];

    private static readonly Dictionary<string, Type> _kedaTypes = new()
    {
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
    };

    private RenderedOverlay(string text) => Objects = Parse(text);

    public IReadOnlyList<object> Objects { get; }

    public IReadOnlyList<V1Deployment> Workloads =>
        [.. Objects.OfType<V1Deployment>().OrderBy(d => d.Metadata.Name, StringComparer.Ordinal)];

    public IEnumerable<T> Get<T>() => Objects.OfType<T>();

    /// <summary>Names of the workloads whose pods carry all of the labels.</summary>
    public List<string> SelectWorkloads(IDictionary<string, string> labels) =>
        [.. Workloads.Where(w => labels.All(l => w.Spec.Template.Metadata.Labels.TryGetValue(l.Key, out var value) && value == l.Value))
            .Select(w => w.Metadata.Name)];

    public static List<object> Parse(string text) => KubernetesYaml.LoadAllFromString(text, _kedaTypes, strict: true);

    /// <summary>Renders an overlay. Where kubectl is missing it prints so and returns null; in CI it throws.</summary>
    public static RenderedOverlay? Get(string overlay)
    {
        if (!Prerequisite.IsOnPath("kubectl",
            "kubectl 1.27 or later, from dl.k8s.io: Debian has no release that knows Kustomize components"))
            return null;
        lock (_overlays)
        {
            if (!_overlays.TryGetValue(overlay, out var rendered))
                _overlays[overlay] = rendered = new RenderedOverlay(
                    RunKustomize(Path.Combine(Repository.Root, "deploy", "overlays", overlay)));
            return rendered;
        }
    }

    private static string RunKustomize(string folder)
    {
        using var process = Process.Start(
            new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
#pragma warning disable RS0030, xUnit1031 // the process has ended, so the read has too
        Assert.True(process.ExitCode == 0, error.Result);
#pragma warning restore RS0030, xUnit1031
        return text;
    }
}
