using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Replicas;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Replicas;

public sealed class PeerSettingTests
{
    [Fact]
    public void Read_List_KeepsEachAddressOnceInItsOrder() =>
        Assert.Equal(["http://b:2/", "http://a:1/"], Read("http://b:2, http://a:1,http://b:2").Addresses.Select(a => a.ToString()));

    [Fact]
    public void Read_DnsName_HasNoAddresses()
    {
        var setting = Read("dns:///report-headless:5101");

        Assert.Empty(setting.Addresses);
        Assert.Equal(("report-headless", 5101), (setting.DnsName!.Host, setting.DnsName.Port));
    }

    [Theory]
    [InlineData("dns:///report:5101", false)]
    [InlineData("dns+https:///report:5101", true)]
    [InlineData("http://a:1", false)]
    [InlineData("https://a:1,https://b:1", true)]
    public void Read_Scheme_SaysWhetherItIsOverTls(string text, bool isSecure) => Assert.Equal(isSecure, Read(text).IsSecure);

    [Fact]
    public void Read_NoSetting_IsTheDefaultPortOnLoopback() =>
        Assert.Equal("http://127.0.0.1:5101/", Assert.Single(Read(null).Addresses).ToString());

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
    public void Read_InvalidSetting_NamesTheSetting(string text) =>
        Assert.Contains("Peers:report", Assert.Throws<OptionsValidationException>(() => Read(text)).Message, StringComparison.Ordinal);

    private static PeerSetting Read(string? text) =>
        PeerSetting.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Peers:report", text)]).Build(), "report");
}
