using SynCxr.Mesh.Evaluator.Faults;
using SynCxr.Mesh.Torch.Training;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Faults;

public sealed class TestFaultTests
{
    private const int Side = 64;

    public static TheoryData<string> Kinds => [.. TestFaults.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Make_EachStrength_ChangesACopyWithinRangeTheSameWayTwice(string kind)
    {
        var fault = TestFaults.All.Single(f => f.Name == kind);
        var image = Chest(1);
        var before = (float[])image.Clone();
        for (var strength = 0; strength < 3; strength++)
        {
            var spoilt = Make(fault, image, strength, 5);

            Assert.Equal(before, image);
            Assert.Equal(image.Length, spoilt.Length);
            Assert.All(spoilt, v => Assert.InRange(v, 0f, 1f));
            Assert.Equal(spoilt, Make(fault, image, strength, 5));
            Assert.True(Difference(spoilt, image) > 0.001, $"{kind} {strength} changed next to nothing");
        }
    }

    [Theory]
    [InlineData("jpeg-blocking")]
    [InlineData("posterise")]
    [InlineData("occluding-box")]
    [InlineData("salt-and-pepper")]
    [InlineData("blend-of-two")]
    [InlineData("burnt-in-text")]
    [InlineData("clipped-exposure")]
    public void Make_StrongerFault_DiffersMore(string kind)
    {
        var fault = TestFaults.All.Single(f => f.Name == kind);
        double[] mean = [.. Enumerable.Range(0, 3)
            .Select(s => Enumerable.Range(0, 30).Average(i => Difference(Make(fault, Chest(i), s, i), Chest(i))))];

        Assert.True(mean[1] > mean[0] * 1.02, $"{kind}: weak {mean[0]:0.000}, middle {mean[1]:0.000}");
        Assert.True(mean[2] > mean[1] * 1.02, $"{kind}: middle {mean[1]:0.000}, strong {mean[2]:0.000}");
    }

    [Fact]
    public void JpegBlocking_FlatBlock_StaysAsItIsWithinOneStep()
    {
        var flat = Enumerable.Repeat(0.5f, Side * Side).ToArray();
        var spoilt = Make(TestFaults.All.Single(f => f.Name == "jpeg-blocking"), flat, 0, 1);

        // Quality 12: the step of a block's mean is 67 / 8 of 255.
        Assert.All(spoilt, v => Assert.Equal(spoilt[0], v, 5));
        Assert.InRange(Math.Abs(spoilt[0] - 0.5), 0, 67.0 / 8 / 255 / 2);
    }

    [Fact]
    public void VerticalFlip_Twice_IsTheImage()
    {
        var flip = TestFaults.All.Single(f => f.Name == "vertical-flip");

        Assert.Equal(Chest(3), Make(flip, Make(flip, Chest(3), 1, 1), 1, 1));
    }

    private static float[] Make(TestFault fault, float[] image, int strength, int seed)
    {
        var other = 0;
        return fault.Apply(image, Side, strength, () => Chest(100 + other++), RandomSource.Create((ulong)seed, fault.Name, 0));
    }

    private static double Difference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();

    private static float[] Chest(int seed)
    {
        var random = new Random(seed);
        var phase = random.NextDouble();
        var tilt = random.NextDouble();
        return [.. Enumerable.Range(0, Side * Side)
            .Select(i =>
                (float)(0.5 + 0.35 * Math.Sin(i % Side / 9.0 + phase * 6) * Math.Cos(i / Side / 13.0 + tilt * 6) + 0.1
                    * (random.NextDouble() - 0.5)))];
    }
}
