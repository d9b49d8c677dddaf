using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Identity;
using SynCxr.Mesh.Hosting.Methods;
using SynCxr.Mesh.Report.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Methods;

public sealed class MethodPolicyTableTests
{
    private static readonly IReadOnlyList<MethodDescriptor> _contracts =
    [
        .. typeof(ReportService).Assembly.GetTypes().Select(t => t.GetProperty("Descriptor")).Where(p => p?.GetMethod?.IsStatic == true)
            .Select(p => p!.GetValue(null)).OfType<ServiceDescriptor>().Distinct().SelectMany(s => s.Methods),
    ];

    [Fact]
    public void All_TheContracts_HasEveryMethodOnce()
    {
        Assert.True(_contracts.Count > 35, $"only {_contracts.Count} methods");

        Assert.Equal(_contracts.Concat(Grpc.Health.V1.Health.Descriptor.Methods).Select(m => m.FullName).Order(StringComparer.Ordinal),
            MethodPolicyTable.All.Select(p => p.Method.FullName).Order(StringComparer.Ordinal));
        Assert.All(MethodPolicyTable.All, p => Assert.Contains(p.Role, RoleNames.All));
        Assert.All(MethodPolicyTable.All, p => Assert.InRange(p.MaxBytes, 1024, MeshHost.MaxMessageBytes));
        Assert.All(MethodPolicyTable.All, p => Assert.InRange(p.MaxEntries, 100, 1_000_000));
        Assert.All(_contracts,
            m => Assert.False(m.IsClientStreaming, $"{m.FullName}: only the first of several requests would be bounded"));
    }

    /// <summary>What changes something is for more than readers.</summary>
    [Fact]
    public void All_WhatMakesOrEndsSomething_IsNotForReaders()
    {
        string[] reading = ["Get", "List", "Watch", "Read", "Check"];

        Assert.All(MethodPolicyTable.All, p => Assert.Equal(
            Array.Exists(reading, verb => p.Method.Name.StartsWith(verb, StringComparison.Ordinal)), p.Role == RoleNames.Read));
    }

    [Theory]
    [InlineData("POST", "/syncxr.report.v1.ReportService/WriteReport", "WriteReport")]
    [InlineData("POST", "/SYNCXR.report.v1.reportservice/writereport", "WriteReport")]
    [InlineData("POST", "/v1/reports:write", "WriteReport")]
    [InlineData("POST", "/V1/Datasets/", "CreateDataset")]
    [InlineData("GET", "/v1/datasets", "ListDatasets")]
    [InlineData("GET", "/v1/datasets/a", "GetDataset")]
    [InlineData("GET", "/v1/datasets/a:watch", "WatchDataset")]
    [InlineData("POST", "/v1/datasets/a:cancel", "CancelDataset")]
    [InlineData("GET", "/v1/datasets/a/pairs", "ListPairs")]
    [InlineData("GET", "/v1/evaluations/a/artifacts/b:read", "ReadArtifact")]
    [InlineData("GET", "/v1/trainings/a:curve", "ReadTrainingCurve")]
    [InlineData("DELETE", "/v1/datasets/a", null)]
    [InlineData("GET", "/v1/datasets/a/b/c", null)]
    [InlineData("GET", "/", null)]
    public void Find_VerbAndPath_GivesTheMethod(string verb, string path, string? method)
    {
        var http = new DefaultHttpContext { Request = { Method = verb, Path = path } };

        Assert.Equal(method, MethodFinder.Find(http.Request)?.Method.Name);
    }
}
