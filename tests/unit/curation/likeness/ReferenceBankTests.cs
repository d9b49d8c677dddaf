using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Models;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Likeness;

public sealed class ReferenceBankTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bank").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void FindNearest_OfThree_IsTheClosestAndTheFirstOfEquals()
    {
        var bank = Load("""{"rows": 3, "dim": 4, "kinds": ["blank", "rotated", "inverted"]}""", 0, 90, 90);
        var nearest = bank.FindNearest(TestFeatures.AtAngle(80, 4));
        Assert.Equal("rotated", nearest.Name);
        Assert.Equal(Math.Cos(10 * Math.PI / 180), nearest.Similarity, 1e-3);
    }

    [Theory]
    [InlineData("""{"rows": 3, "dim": 4, "kinds": ["blank"]}""", "kinds: has 1 names for 3 rows")]
    [InlineData("""{"rows": 3, "dim": 4}""", "kinds: The value must be a list")]
    [InlineData("""{"rows": 2, "dim": 4, "kinds": ["a", "b"]}""", "24 bytes found")]
    [InlineData("""{"dim": 4, "kinds": []}""", "rows: The value must be a number")]
    [InlineData("nonsense", "bank.json")]
    [InlineData("[]", "must hold a JSON object")]
    public void Load_WrongFile_IsNamed(string json, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => Load(json, 0, 90, 90)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_RowThatIsNoUnitVector_IsNamed()
    {
        new HalfMatrix(1, 4, [1, 1, 0, 0]).Write(Path.Combine(_folder, "bank.f16"));
        File.WriteAllText(Path.Combine(_folder, "bank.json"), """{"rows": 1, "dim": 4, "kinds": ["a"]}""");
        var error = Assert.Throws<InvalidDataException>(
            () => ReferenceBank.Load(Path.Combine(_folder, "bank.f16"), Path.Combine(_folder, "bank.json"), "kinds"));
        Assert.Contains("row 0 is not of unit length", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryLoad_IndexOfThisJudge_AnswersTheNearestTrainingImage()
    {
        WriteMemorisationIndex("abc");
        var memory = MemorisationIndex.Load(_folder, "abc", 4)!;
        Assert.Null(memory.Problem);
        Assert.Equal(2, memory.Count);
        Assert.Equal(Path.GetFileName(_folder), memory.Generator);
        Assert.Equal(memory.HideName("person2"), memory.FindNearest(TestFeatures.AtAngle(88, 4)).Name);
    }

    [Fact]
    public void MemoryLoad_IndexOfAnotherJudge_CanNotBeUsedAndSaysWhy()
    {
        WriteMemorisationIndex("another");
        var memory = MemorisationIndex.Load(_folder, "abc", 4)!;
        Assert.Contains("another", memory.Problem, StringComparison.Ordinal);
        Assert.Contains("abc", memory.Problem, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => memory.FindNearest(TestFeatures.AtAngle(0, 4)));
    }

    [Fact]
    public void MemoryLoad_IndexOfAnotherWidth_IsBroken()
    {
        WriteMemorisationIndex("abc");
        Assert.Contains("dim", Assert.Throws<InvalidDataException>(() => MemorisationIndex.Load(_folder, "abc", 8)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryLoad_FolderWithoutIndex_IsNone() => Assert.Null(MemorisationIndex.Load(_folder, "abc", 4));

    private void WriteMemorisationIndex(string digest)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "memory"));
        new HalfMatrix(2, 4,
            [.. TestFeatures.AtAngle(0, 4), .. TestFeatures.AtAngle(90, 4)]).Write(Path.Combine(_folder, "memory", "index.f16"));
        File.WriteAllText(Path.Combine(_folder, "memory", "index.json"),
            $$"""{"judge": "j", "judge_digest": "{{digest}}", "rows": 2, "dim": 4, "ids": ["person1", "person2"]}""");
    }

    private ReferenceBank Load(string json, params double[] degrees)
    {
        new HalfMatrix(degrees.Length, 4,
            [.. degrees.SelectMany(d => TestFeatures.AtAngle(d, 4))]).Write(Path.Combine(_folder, "bank.f16"));
        File.WriteAllText(Path.Combine(_folder, "bank.json"), json);
        return ReferenceBank.Load(Path.Combine(_folder, "bank.f16"), Path.Combine(_folder, "bank.json"), "kinds");
    }
}
