using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>The compose layers name the services, ports and settings that exist.</summary>
public sealed class ComposeTests
{
    private static readonly Dictionary<string, Dictionary<object, object>> _coreServices = ReadServices("compose.yaml");

    private static IEnumerable<KeyValuePair<string, Dictionary<object, object>>> MeshServices =>
        _coreServices.Where(s => BuiltServices.Ports.ContainsKey(s.Key));

    [Fact]
    public void Core_Services_AreTheSevenAndTheirServers() =>
        Assert.Equal(BuiltServices.Ports.Keys.Concat(["rabbitmq", "postgres", "objects", "bucket"]).Order(StringComparer.Ordinal),
            _coreServices.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Core_EachService_IsBuiltAsItselfFromTheOneDockerfile()
    {
        foreach (var (name, service) in MeshServices)
        {
            var build = (Dictionary<object, object>)service["build"];
            Assert.Equal($"syncxr-mesh/{name}", service["image"]);
            Assert.Equal(("docker/service.Dockerfile", ".."), (build["dockerfile"], build["context"]));
            Assert.Equal(name, ((Dictionary<object, object>)build["args"])["SERVICE"]);
            Assert.Equal("true", service["read_only"]);
        }
    }

    [Fact]
    public void Core_Settings_AreKnownToTheServices()
    {
        foreach (var (name, service) in MeshServices)
        {
            var settings = (Dictionary<object, object>)service["environment"];
            Assert.All(settings.Keys,
                key => Assert.True(BuiltServices.IsKnownSetting((string)key), $"{key} of {name} is unknown to every service"));
            foreach (var peer in BuiltServices.Ports.Keys.Except(["gateway"]))
                Assert.Equal($"dns+https:///{peer}:{BuiltServices.Ports[peer]}", settings["Peers__" + peer]);
            Assert.All(
                settings.Where(
                    s => ((string)s.Key).Contains("Password", StringComparison.Ordinal)
                        || ((string)s.Key).EndsWith("Key", StringComparison.Ordinal)),
                        s => Assert.True((string)s.Value == "mesh" || ((string)s.Value).Contains("${", StringComparison.Ordinal)
                            || ((string)s.Value).StartsWith("/identity/", StringComparison.Ordinal),
                            $"{s.Key} of {name} is a secret in the file"));
        }

        Assert.Equal("token", ((Dictionary<object, object>)_coreServices["gateway"]["environment"])["Mesh__Authentication"]);
    }

    /// <summary>A service that is broken into tells nobody's secrets but its own.</summary>
    [Fact]
    public void Core_EachService_HasItsOwnCertificateAndNoSecretThatItDoesNotUse()
    {
        foreach (var (name, service) in MeshServices)
        {
            var volumes = ((List<object>)service["volumes"]).Select(v => (string)v).ToList();
            Assert.Equal(["state:/state", "./identity/tokens.json:/identity/tokens.json:ro", $"./identity/{name}:/identity/tls:ro"],
                volumes.Where(v => !v.EndsWith(":/data:ro", StringComparison.Ordinal)));
            var settings = ((Dictionary<object, object>)service["environment"]).ToDictionary(s => (string)s.Key, s => (string)s.Value);
            Assert.Equal(("/identity/tokens.json", "/identity/tls/tls.crt"), (settings["Mesh__TokenFile"], settings["Tls__Certificate"]));
            Assert.Equal(name is "balancer" or "trainer" or "evaluator", settings.ContainsKey("RabbitMq__Password"));
            Assert.Equal(name is not ("report" or "gateway"), settings.ContainsKey("Storage__SecretKey"));
            Assert.Equal(name == "balancer" ? ["Balancer__ConnectionString"] : [],
                settings.Keys.Where(k => k.EndsWith("__ConnectionString", StringComparison.Ordinal)));
            Assert.False(service.ContainsKey("env_file"));
        }
    }

    [Fact]
    public void Core_TokensExample_IsRefusedUntilItIsFilledIn()
    {
        var error = Assert.Throws<OptionsValidationException>(() => MeshHost.CreateBuilder(["--Mesh:Authentication=token",
            $"--Mesh:TokenFile={Path.Combine(Repository.Root, "docker", "tokens.example.json")}"], "report").BuildMesh());

        Assert.Contains("(token 'me'): 'sha256' must have 64 hexadecimal digits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Core_PublishedPorts_AreTheGatewaysAlone()
    {
        Assert.Equal(["gateway"], _coreServices.Where(s => s.Value.ContainsKey("ports")).Select(s => s.Key));
        var ports = ((List<object>)_coreServices["gateway"]["ports"]).Select(p => ((string)p).Split("}:")[^1]);
        Assert.Equal([$"{BuiltServices.Ports["gateway"]}:{BuiltServices.Ports["gateway"]}",
            $"{BuiltServices.Ports["gateway"] + 100}:{BuiltServices.Ports["gateway"] + 100}"], ports);
    }

    [Fact]
    public void Observability_OverTheCore_TellsEveryServiceWhereToReport()
    {
        var layer = ReadServices("compose.observability.yaml");
        foreach (var service in BuiltServices.Ports.Keys)
        {
            var told = Assert.Single((Dictionary<object, object>)layer[service]["environment"]);
            Assert.True(BuiltServices.IsKnownSetting((string)told.Key));
            Assert.Contains(new Uri((string)told.Value).Host, layer.Keys);
        }

        foreach (var file in layer.Values.Where(s => s.ContainsKey("volumes")).SelectMany(s => (List<object>)s["volumes"])
            .Select(v => ((string)v).Split(':')[0]).Where(v => v.StartsWith('.')))
            Assert.True(Path.Exists(Path.Combine(Repository.Root, "docker", file)), file);
    }

    private static Dictionary<string, Dictionary<object, object>> ReadServices(string file)
    {
        using var text = File.OpenText(Path.Combine(Repository.Root, "docker", file));
        var all = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(text)));
        return ((Dictionary<object, object>)all["services"]).ToDictionary(s => (string)s.Key, s => (Dictionary<object, object>)s.Value);
    }
}
