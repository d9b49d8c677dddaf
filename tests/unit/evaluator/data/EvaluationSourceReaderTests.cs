using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Data;

public sealed class EvaluationSourceReaderTests
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

    private static Radiographs.StudySet Read(string folder) => EvaluationSourceReader.ReadWithImages(
        new DataSource { Layout = "dataset", Name = folder }, "spec.data", CancellationToken.None);
}
