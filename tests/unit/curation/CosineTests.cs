using SynCxr.Mesh.Curation.Likeness;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class CosineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(128)]
    [InlineData(131)]
    public void Of_UnitVectors_IsTheirDotProduct(int width)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (a, b) = (Features.Random(seed, width), Features.Random(seed + 100, width));
            var expected = 0.0;
            for (var i = 0; i < width; i++)
                expected += (double)a[i] * b[i];
            Assert.Equal(Math.Clamp(expected, -1, 1), Cosine.Of(a, b), 1e-12);
            Assert.Equal(Cosine.Of(a, b), Cosine.Of(b, a));
            Assert.Equal(1, Cosine.Of(a, a), 1e-6);
        }
    }

    [Fact]
    public void Of_SameVectorsAtOtherAddresses_GivesTheSameBits()
    {
        var (a, b) = (Features.Random(1, 128), Features.Random(2, 128));
        for (var shift = 0; shift < 16; shift++)
        {
            var (left, right) = (new float[160], new float[160]);
            a.CopyTo(left, shift);
            b.CopyTo(right, (shift * 7) % 16);
            Assert.Equal(Cosine.Of(a, b), Cosine.Of(left.AsSpan(shift, 128), right.AsSpan((shift * 7) % 16, 128)));
        }
    }

    [Fact]
    public void Of_FixedVectors_GivesTheGoldenBits()
    {
        // The order of the sums is part of what makes verdicts the same everywhere.
        Assert.Equal(4552408103229142400, BitConverter.DoubleToInt64Bits(Cosine.Of(Features.Random(1, 128), Features.Random(2, 128))));
    }
}
