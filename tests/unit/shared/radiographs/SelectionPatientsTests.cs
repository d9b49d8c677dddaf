using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs;

public sealed class SelectionPatientsTests
{
    private static readonly string _list =
        Path.Combine(Repository.Root, "services", "shared", "radiographs", "selection-patients.txt");

    [Fact]
    public void Contains_KermanysTrainingSet_IsTheListThatIsCheckedIn()
    {
        if (!SharedData.TryFind("kermany-cxr-224/train", out var data))
            return;
        string[] patients = [.. Directory.EnumerateFiles(data, "*.jpeg", SearchOption.AllDirectories).Select(Image)
            .Where(SelectionPatients.Contains).Select(SelectionPatients.PatientOf).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(File.ReadAllLines(_list), patients);
    }

    [Fact]
    public void Contains_ImagesOfOnePatient_AreOnOneSide()
    {
        var patient = File.ReadLines(_list).First(p => p.Contains("/person", StringComparison.Ordinal)).Split('/')[1];
        foreach (var name in new[] { $"{patient}_bacteria_1.jpeg", $"{patient}_virus_99.jpeg", $"{patient}_bacteria_2_3.jpeg" })
            Assert.True(SelectionPatients.Contains(Image($"elsewhere/valid/{name}")), name);
        Assert.False(SelectionPatients.Contains(Image("train/person10_bacteria_43.jpeg")));
    }

    [Fact]
    public void Contains_ImagesOfUnknownPatients_IsOneInTen()
    {
        var held = Enumerable.Range(0, 5000).Count(i => SelectionPatients.Contains(Image($"train/a/{i}.png")));
        Assert.InRange(held, 425, 575); // four standard deviations are 85
    }

    private static TrainingImage Image(string path) => new(path, "kermany", 224, [], null);
}
