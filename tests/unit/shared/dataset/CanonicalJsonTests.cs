using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

public sealed class CanonicalJsonTests
{
    // RFC 8785, appendix B.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Format_VectorsOfTheRfc_AreSpelledAsThere(ulong bits, string expected) =>
        Assert.Equal(expected, CanonicalNumber.Format(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Format_NotANumber_IsRefused(double value) => Assert.Throws<ArgumentException>(() => CanonicalNumber.Format(value));

    [Fact]
    public void Format_RandomDoubles_ReadBackAsTheSameDouble()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
                Assert.Equal(value, double.Parse(CanonicalNumber.Format(value)));
        }
    }

    // RFC 8785, section 3.2.2 and 3.2.4 (the bytes printed there).
    [Fact]
    public void Write_ExampleOfTheRfc_GivesItsBytes()
    {
        const string Input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string Expected =
            """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""";
        Assert.Equal(Expected, Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(Input))));
    }

    // RFC 8785, section 3.2.3: members sort by UTF-16 code units, so the emoji stands before the Hebrew presentation form.
    [Fact]
    public void Write_MemberNamesOfTheRfc_SortByCodeUnit()
    {
        const string Input = """
            {
              "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;
        var written = JsonNode.Parse(CanonicalJson.Write(JsonNode.Parse(Input)))!.AsObject();
        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh"],
            written.Select(m => m.Value!.GetValue<string>()));
    }

    [Fact]
    public void Write_IntegerBeyondTwoToThe53_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(JsonNode.Parse("[9007199254740993]")));

    [Fact]
    public void Write_LoneSurrogate_IsRefused() =>
        Assert.ThrowsAny<Exception>(() => CanonicalJson.Write(JsonValue.Create("\ud83d")));

    [Fact]
    public void Write_NumbersMadeInCode_AreSpelledAsDoubles()
    {
        var node = new JsonObject { ["b"] = 1.0, ["a"] = 3L, ["c"] = 0.1, ["d"] = 1e21 };
        Assert.Equal("""{"a":3,"b":1,"c":0.1,"d":1e+21}""", Encoding.UTF8.GetString(CanonicalJson.Write(node)));
    }

    [Fact]
    public void MerkleRoot_KnownTrees_MatchRfc6962()
    {
        // The vectors of the certificate-transparency reference implementation.
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", MerkleTree.Root(Array.Empty<string>()));
        ReadOnlyMemory<byte>[] leaves = [.. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f" }.Select(h => new ReadOnlyMemory<byte>(Convert.FromHexString(h)))];
        Assert.Equal("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", MerkleTree.Root(leaves[..1]));
        Assert.Equal("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", MerkleTree.Root(leaves[..3]));
        Assert.Equal("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", MerkleTree.Root(leaves));
    }
}
