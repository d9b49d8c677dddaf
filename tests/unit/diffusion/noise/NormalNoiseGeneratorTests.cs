using SynCxr.Mesh.Diffusion.Noise;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Noise;

public sealed class NormalNoiseGeneratorTests
{
    // The known answers of Random123's kat_vectors for philox4x32 with 10 rounds.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u,
        0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u,
        0x24126ea1u)]
    public void RandomWords_KnownCounterAndKey_GivesKnownWords(uint a, uint b, uint c, uint d, uint k, uint l, uint w, uint x, uint y,
        uint z) =>
        Assert.Equal((w, x, y, z), PhiloxGenerator.RandomWords((a, b, c, d), (k, l)));

    [Theory]
    [InlineData(0.5, 0.0)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.025, -1.959963984540054)]
    [InlineData(0.9986501019683699, 3.0)]
    [InlineData(1e-9, -5.997807015007687)]
    public void Quantile_KnownProbability_GivesKnownValue(double p, double expected) =>
        Assert.Equal(expected, NormalNoiseGenerator.Quantile(p), 1e-9);

    [Theory]
    [InlineData(1e-11)]
    [InlineData(0.3)]
    [InlineData(1.0)]
    [InlineData(1.5)]
    [InlineData(12345.678)]
    public void NaturalLog_AnyArgument_AgreesWithTheLibrary(double x) =>
        Assert.Equal(Math.Log(x), NormalNoiseGenerator.NaturalLog(x), 1e-14 * Math.Max(1, Math.Abs(Math.Log(x))));

    [Fact]
    public void Fill_ManyValues_AreStandardNormal()
    {
        var values = new float[1_000_000];
        NormalNoiseGenerator.Fill(42, 0, values);
        var mean = values.Average(value => (double)value);
        var variance = values.Average(value => (value - mean) * (value - mean));
        var kurtosis = values.Average(value => Math.Pow(value - mean, 4)) / (variance * variance);
        Assert.Equal(0, mean, 0.005);
        Assert.Equal(1, variance, 0.005);
        Assert.Equal(3, kurtosis, 0.05);
    }

    [Fact]
    public void Fill_ShorterBuffer_IsAPrefix()
    {
        var longer = new float[101];
        var shorter = new float[38];
        NormalNoiseGenerator.Fill(7, 3, longer);
        NormalNoiseGenerator.Fill(7, 3, shorter);
        Assert.Equal(longer[..38], shorter);
    }

    [Theory]
    [InlineData(8ul, 3ul)]
    [InlineData(7ul, 4ul)]
    [InlineData(7ul | (1ul << 40), 3ul)]
    public void Fill_OtherSeedOrStream_IsOtherNoise(ulong seed, ulong stream)
    {
        var one = new float[64];
        var other = new float[64];
        NormalNoiseGenerator.Fill(7, 3, one);
        NormalNoiseGenerator.Fill(seed, stream, other);
        Assert.DoesNotContain(0f, one.Zip(other, (a, b) => a - b));
    }
}
