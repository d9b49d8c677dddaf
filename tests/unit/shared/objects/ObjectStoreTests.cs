using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Objects;

public sealed class ObjectStoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("objects").FullName;
    private readonly FolderObjectStore _store;

    public ObjectStoreTests() => _store = new FolderObjectStore(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Put_Bytes_AreReadBackUnderTheirDigest()
    {
        var bytes = Encoding.UTF8.GetBytes("abc");
        var address = await _store.PutAsync("local", bytes, default);
        Assert.Equal("objects/local/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", address.Uri);
        Assert.Equal(bytes, await _store.GetAsync(address, default));
        Assert.True(await _store.ExistsAsync(address, default));
        Assert.True(File.Exists(Path.Combine(_root, address.Uri)));
    }

    [Fact]
    public async Task Put_FromManyTasks_LeavesOneFileAndNoTemporaries()
    {
        var bytes = new byte[100_000];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _store.PutAsync("local", bytes, default)));
        Assert.Single(Directory.GetFiles(_root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Get_AfterAByteChanged_IsDataCorruptAndPutHeals()
    {
        var bytes = Encoding.UTF8.GetBytes("some bytes");
        var address = await _store.PutAsync("local", bytes, default);
        await File.WriteAllTextAsync(Path.Combine(_root, address.Uri), "some bytez", TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<MeshException>(() => _store.GetAsync(address, default));
        Assert.Same(ErrorReasons.DataCorrupt, error.Reason);
        await _store.PutAsync("local", bytes, default);
        Assert.Equal(bytes, await _store.GetAsync(address, default));
    }

    [Fact]
    public async Task Get_WhatIsNotThere_IsNotFound()
    {
        var address = ObjectAddress.Create("local", "nothing"u8);
        Assert.False(await _store.ExistsAsync(address, default));
        var error = await Assert.ThrowsAsync<MeshException>(() => _store.GetAsync(address, default));
        Assert.Same(ErrorReasons.NotFound, error.Reason);
    }

    [Theory]
    [InlineData("../local")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("Local")]
    [InlineData("..")]
    public async Task Put_UnsafeTenant_IsRefused(string tenant)
    {
        var error = await Assert.ThrowsAsync<MeshException>(() => _store.PutAsync(tenant, new byte[1], default));
        Assert.Equal("tenant", Assert.Single(error.Fields).Field);
    }

    [Theory]
    [InlineData("objects/../local/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("objects/local/../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    [InlineData("objects/local/BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    public void From_UnsafeUri_NamesTheField(string uri)
    {
        var error = Assert.Throws<MeshException>(() => ObjectAddress.From(new ImageRef { Uri = uri }, "local", "image.ref"));
        Assert.Equal("image.ref.uri", Assert.Single(error.Fields).Field);
    }

    [Fact]
    public void From_AnotherTenantsObject_IsNotFound()
    {
        var reference = ObjectAddress.Create("other", "x"u8).ToReference("image/png", 1);
        var error = Assert.Throws<MeshException>(() => ObjectAddress.From(reference, "local", "image.ref"));
        Assert.Same(ErrorReasons.NotFound, error.Reason);
        Assert.Equal(reference.Uri, ObjectAddress.From(reference, "other", "image.ref").Uri);
    }

    [Fact]
    public void From_DigestThatDiffersFromTheUri_NamesTheField()
    {
        var reference = ObjectAddress.Create("local", "x"u8).ToReference("image/png", 1);
        reference.Sha256 = new string('0', 64);
        var error = Assert.Throws<MeshException>(() => ObjectAddress.From(reference, "local", "images[3].ref"));
        Assert.Equal("images[3].ref.sha256", Assert.Single(error.Fields).Field);
    }

    [Fact]
    public void AddMeshStorage_Twice_RegistersOneStore()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddObjectStore().AddObjectStore();
        Assert.Single(builder.Services, s => s.ServiceType == typeof(IObjectStore));
        using var host = builder.Build();
        Assert.Equal(ObjectStoreNames.Folder, host.Services.GetRequiredService<IObjectStore>().Kind);
    }

    [Fact]
    public void AddMeshStorage_UnknownKind_IsNamed()
    {
        var builder = Host.CreateApplicationBuilder(["--Storage:Kind=tape"]);
        builder.AddObjectStore();
        using var host = builder.Build();
        var error = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IObjectStore>());
        Assert.Contains("'tape'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Storage:Endpoint=ftp://store", "'ftp://store' must be an http or https URL")]
    [InlineData("--Storage:Bucket=b", "Storage:SecretKey is not given")]
    public void AddMeshStorage_S3WithoutWhatItNeeds_NamesTheSetting(string setting, string problem)
    {
        var builder = Host.CreateApplicationBuilder(["--Storage:Kind=s3", setting]);
        builder.AddObjectStore();
        using var host = builder.Build();
        var error = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IObjectStore>());
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
