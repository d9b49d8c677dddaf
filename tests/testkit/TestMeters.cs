using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SynCxr.Mesh.Testkit;

/// <summary>The meter factory of tests that build a part of a service without its host.</summary>
public static class TestMeters
{
    public static IMeterFactory Factory { get; } = new ServiceCollection().AddMetrics().BuildServiceProvider()
        .GetRequiredService<IMeterFactory>();
}
