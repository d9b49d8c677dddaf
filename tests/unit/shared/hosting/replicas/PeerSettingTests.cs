using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Replicas;

public sealed class PeerSettingTests
{
    [Fact]
    public void Read_List_KeepsEachAddressOnceInItsOrder() =>
        Assert.Equal(["http://b:2/", "http://a:1/"], Read("http://b:2, http://a:1,http://b:2").Listed.Select(a => a.ToString()));

    [Fact]
    public void Read_DnsName_IsNoList()
    {
        var setting = Read("dns:///report-headless:5101");

        Assert.Empty(setting.Listed);
        Assert.Equal(("report-headless", 5101), (setting.Name!.Host, setting.Name.Port));
    }

    [Fact]
    public void Read_Nothing_IsItsOwnPortOnLoopback() => Assert.Equal("http://127.0.0.1:5101/", Assert.Single(Read(null).Listed).ToString());

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("127.0.0.1:5101")]
    [InlineData("ftp://a:1")]
    [InlineData("http://a:1/path")]
    [InlineData("http://a:1,https://b:2")]
    [InlineData("dns:///report")]
    [InlineData("dns://server/report:5101")]
    [InlineData("dns:///report:5101/path")]
    public void Read_WhatIsNoPlace_IsRefusedByName(string text) =>
        Assert.Contains("Peers:report", Assert.Throws<OptionsValidationException>(() => Read(text)).Message, StringComparison.Ordinal);

    private static PeerSetting Read(string? text) =>
        PeerSetting.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Peers:report", text)]).Build(), "report");
}
