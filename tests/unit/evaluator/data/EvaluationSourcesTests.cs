using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Data;

public sealed class EvaluationSourcesTests
{
    public static TheoryData<string> Damages => [.. SealedSetDamages.Names];

    [Fact]
    public void ReadWithImages_SealedSet_GivesItsFourStudies() => Assert.Equal(
        ["000000", "000001", "000002", "000003"], Read(SealedSetFixture.Folder).Studies.Select(s => s.Id));

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task ReadWithImages_DamagedSealedSet_SaysWhatTheVerifierSays(string damage)
    {
        var (copy, file) = SealedSetDamages.Make(damage);
        using (copy)
        {
            var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];
            Assert.Equal(file, problem.Path);

            var error = Assert.Throws<MeshException>(() => Read(copy.Path));

            Assert.Equal("spec.data.name", Assert.Single(error.Fields).Field);
            Assert.Contains(problem.ToString(), error.Message, StringComparison.Ordinal);
        }
    }

    private static StudySet Read(string folder) => new EvaluationSources(
        new Dictionary<string, RadiographSource?> { ["spec.data"] = new("dataset", folder) },
        new Dictionary<string, IReadOnlyList<DataPlace>>()).ReadWithImages("spec.data", CancellationToken.None);
}
