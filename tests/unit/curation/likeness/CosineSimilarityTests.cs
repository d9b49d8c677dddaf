using SynCxr.Mesh.Curation.Likeness;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Likeness;

public sealed class CosineSimilarityTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(128)]
    [InlineData(131)]
    public void Between_UnitVectors_IsTheirDotProduct(int width)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (a, b) = (TestFeatures.RandomUnitVector(seed, width), TestFeatures.RandomUnitVector(seed + 100, width));
            var expected = 0.0;
            for (var i = 0; i < width; i++)
                expected += (double)a[i] * b[i];
            Assert.Equal(Math.Clamp(expected, -1, 1), CosineSimilarity.Between(a, b), 1e-12);
            Assert.Equal(CosineSimilarity.Between(a, b), CosineSimilarity.Between(b, a));
            Assert.Equal(1, CosineSimilarity.Between(a, a), 1e-6);
        }
    }

    [Fact]
    public void Between_SameVectorsAtOtherAddresses_GivesTheSameBits()
    {
        var (a, b) = (TestFeatures.RandomUnitVector(1, 128), TestFeatures.RandomUnitVector(2, 128));
        for (var shift = 0; shift < 16; shift++)
        {
            var (left, right) = (new float[160], new float[160]);
            a.CopyTo(left, shift);
            b.CopyTo(right, (shift * 7) % 16);
            Assert.Equal(CosineSimilarity.Between(a, b),
                CosineSimilarity.Between(left.AsSpan(shift, 128), right.AsSpan((shift * 7) % 16, 128)));
        }
    }

    [Fact]
    public void Between_FixedVectors_GivesTheGoldenBits()
    {
        // The order of the sums is part of what makes verdicts the same everywhere.
        Assert.Equal(4552408103229142400,
            BitConverter.DoubleToInt64Bits(
                CosineSimilarity.Between(TestFeatures.RandomUnitVector(1, 128), TestFeatures.RandomUnitVector(2, 128))));
    }
}
