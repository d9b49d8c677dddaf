global using Xunit;
global using Xunit.v3;

// The servers are stopped and started in the middle of tests.
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(SynCxr.Mesh.Testkit.Balancers.ServersFixture))]
