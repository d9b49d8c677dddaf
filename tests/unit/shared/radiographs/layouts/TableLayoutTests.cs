using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>Layouts whose full sets are gated: their published tables, about real images of the shared data.</summary>
public sealed class TableLayoutTests
{
    private const string Siim = "1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819";

    [Fact]
    public void Siim_RealDicom_IsReadAndItsRunsMarkWhatTheySay()
    {
        if (!SharedData.TryFind("dicom-and-box-samples", out var samples))
            return;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["train-rle.csv"], $"ImageId, EncodedPixels\n{Siim}, -1\nFake_MONOHR1, 1030 2 1022 3\n");
        var studies = Read(new RadiographSource("siim", samples, scratch["train-rle.csv"])).Studies;

        Assert.Equal([Siim, "Fake_MONOHR1"], studies.Select(s => Path.GetFileNameWithoutExtension(s.Id)));
        Assert.Empty(studies[0].Labels);
        Assert.Equal("pneumothorax", Assert.Single(studies[1].Labels));
        var (plain, turned) = (studies[0].LoadImage("f"), studies[1].LoadImage("f"));
        Assert.Equal((1024, 1024), (plain.Width, plain.Height));
        Assert.Equal(plain.Pixels, turned.Pixels.Select(p => (byte)(255 - p)));
        // 1030 skips a column of 1024 and six rows of the next; two rows; then 1022 on: six rows into the third column.
        var mask = RunLengthMask.Decode(studies[1].MaskRuns!, "f");
        Assert.Equal([(1, 6), (1, 7), (2, 6), (2, 7), (2, 8)], Marked(mask));
    }

    [Fact]
    public void Rsna_Boxes_AreSharesOfTheImage()
    {
        if (!SharedData.TryFind("dicom-and-box-samples", out var samples))
            return;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["labels.csv"],
            $"patientId,x,y,width,height,Target\n{Siim},,,,,0\nFake_MONOHR1,256.0,512.0,128.0,64.0,1\nFake_MONOHR1,0,0,1,1,1\n");
        var studies = Read(new RadiographSource("rsna", samples, scratch["labels.csv"])).Studies;

        Assert.Equal([0, 2], studies.Select(s => s.Boxes.Count));
        Assert.Equal(new StudyBox("pneumonia", 0.25, 0.5, 0.125, 0.0625), studies[1].Boxes[0]);
        Assert.Equal(["", "pneumonia"], studies.Select(s => string.Join('|', s.Labels)));
    }

    [Fact]
    public void Chexpert_PathsWithAndWithoutTheirFirstPart_AreFoundAndLateralsLeftOut()
    {
        if (!SharedData.TryFind("nih-cxr14-labels/00000001_000.png", out var image))
            return;
        using var scratch = new ScratchFolder();
        Place(image, scratch["train/patient00001/study1/view1_frontal.png"]);
        Place(image, scratch["CheXpert-v1.0-small/valid/patient00002/study1/view1_frontal.png"]);
        const string Small = "CheXpert-v1.0-small";
        File.WriteAllText(scratch["train.csv"],
            "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Cardiomegaly,Edema,Pleural Effusion\n"
                + $"{Small}/train/patient00001/study1/view1_frontal.png,Male,57,Frontal,PA,,1.0,-1.0,0.0\n"
                + $"{Small}/valid/patient00002/study1/view1_frontal.png,Male,57,Frontal,PA,1.0,,,\n"
                + $"{Small}/valid/patient00002/study1/view2_lateral.png,Male,57,Lateral,,1.0,,,\n"
                + $"{Small}/valid/patient00003/study1/view1_frontal.png,Male,57,Frontal,PA,1.0,,,\n");
        var read = Read(new RadiographSource("chexpert", scratch.Path, scratch["train.csv"]));

        Assert.Equal(["patient00001", "patient00002"], read.Studies.Select(s => s.Patient));
        Assert.Equal(("cardiomegaly", "edema"), (Assert.Single(read.Studies[0].Labels), Assert.Single(read.Studies[0].Uncertain)));
        Assert.Equal("no finding", Assert.Single(read.Studies[1].Labels));
        Assert.Equal(["1 of 4 entries are lateral views and were left out.", "1 of 4 entries have no image and were left out."],
            read.Notes);
    }

    [Fact]
    public void Mimic_Study_HasItsReportsSectionsAndOnlyFrontalViews()
    {
        if (!SharedData.TryFind("nih-cxr14-labels/00000001_000.png", out var image))
            return;
        using var scratch = new ScratchFolder();
        Place(image, scratch["files/p10/p10000032/s50414267/aaa.png"]);
        Place(image, scratch["files/p10/p10000032/s50414267/bbb.png"]);
        File.WriteAllText(scratch["files/p10/p10000032/s50414267.txt"],
            "                     FINAL REPORT\n EXAMINATION:  CHEST\n \n FINDINGS: \n \n The heart is\n large.\n \n IMPRESSION: \n \n "
                + "Cardiomegaly.\n");
        File.WriteAllText(scratch["mimic-cxr-2.0.0-chexpert.csv"], "subject_id,study_id,Cardiomegaly,No Finding\n10000032,50414267,1.0,\n");
        File.WriteAllText(scratch["mimic-cxr-2.0.0-metadata.csv"],
            "dicom_id,subject_id,study_id,ViewPosition\naaa,10000032,50414267,PA\nbbb,10000032,50414267,LATERAL\n");
        var study = Assert.Single(Read(new RadiographSource("mimic", scratch["files"], scratch["mimic-cxr-2.0.0-chexpert.csv"])).Studies);

        Assert.Equal(("10000032", "The heart is large. Cardiomegaly.", "cardiomegaly"),
            (study.Patient, study.Report, Assert.Single(study.Labels)));
    }

    [Fact]
    public void Masks_Hannover_GivesPatientsAndMasks()
    {
        if (!SharedData.TryFind("hannover-covid19-cxr", out var data))
            return;
        var alone = Read(new RadiographSource("masks", Path.Combine(data, "png"), Masks: Path.Combine(data, "lung-masks-v7")));
        var above = Read(new RadiographSource("masks", data, Masks: Path.Combine(data, "lung-masks-v7")));

        Assert.Equal(77, alone.Studies.Count);
        Assert.All(alone.Studies, s => Assert.Matches("^[0-9a-f]{8}$", s.Patient));
        Assert.InRange(alone.Studies.Select(s => s.Patient).Distinct().Count(), 20, 71);
        Assert.Equal(["166 of 243 entries have no mask and were left out.", "Patients are those of data.csv."], alone.Notes);
        Assert.Equal(alone.Studies.Select(s => s.PatientHash), above.Studies.Select(s => s.PatientHash));
    }

    [Fact]
    public void Table_ColumnsByTheirNames_GiveLabelsReportsAndPatients()
    {
        if (!SharedData.TryFind("hannover-covid19-cxr/png", out var images))
            return;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["t.csv"],
            "patient_id,image_id,age,Effusion,Edema,Findings,Impression\n7,262a70ca,60,1,-1,\"Fluid, "
                + "left.\",Effusion.\n8,a47dc73e.png,61,0,,Clear.,\n");
        var studies = Read(new RadiographSource("table", images, scratch["t.csv"])).Studies.OrderBy(s => s.Patient).ToList();

        Assert.Equal(["7", "8"], studies.Select(s => s.Patient));
        Assert.Equal(["effusion"], studies[0].Labels);
        Assert.Equal(["edema"], studies[0].Uncertain);
        Assert.Equal("Fluid, left. Effusion.", studies[0].Report);
        Assert.Empty(studies[1].Labels);
        Assert.Equal("Clear.", studies[1].Report);
        File.WriteAllText(scratch["u.csv"], "filename,label\n262a70ca.png,Covid_19|pneumonia\n");
        Assert.Equal(["covid 19", "pneumonia"],
            Assert.Single(Read(new RadiographSource("table", images, scratch["u.csv"])).Studies).Labels);
    }

    [Fact]
    public void OpenI_RealArchive_GivesReportsAndGoldLabels()
    {
        if (!SharedData.TryFind("openi-reports", out var data))
            return;
        var mesh = Read(new RadiographSource("openi", data));
        var gold = Read(new RadiographSource("openi", data, Path.Combine(data, "openi_gld_std14.csv")));

        Assert.Equal(3425 + 3921 - 3419, mesh.Studies.Count);
        Assert.All(mesh.Studies, s => Assert.False(s.HasImage));
        Assert.InRange(mesh.Studies.Count(s => s.Labels.Contains("normal")), 1350, 1391);
        Assert.Contains(mesh.Studies.Single(s => s.Id == "CXR1").Labels, l => l == "normal");
        Assert.StartsWith("The cardiac silhouette", mesh.Studies.Single(s => s.Id == "CXR1").Report, StringComparison.Ordinal);
        Assert.InRange(gold.Studies.Count, 3800, 3851);
        Assert.Contains(gold.Studies, s => s.Labels.Contains("pleural thickening"));
    }

    [Fact]
    public void Read_BadTables_NameTheField()
    {
        if (!SharedData.TryFind("hannover-covid19-cxr/png", out var images))
            return;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["none.csv"], "a,b\n1,2\n");
        File.WriteAllText(scratch["strangers.csv"], "image,label\nnobody.png,x\n");
        File.WriteAllText(scratch["rle.csv"], "ImageId,EncodedPixels\n262a70ca,1 2 3\n");
        File.WriteAllText(scratch["broken.xml"], "<a>");

        Assert.StartsWith("f.labels: needs a column that names the image",
            Refused(new RadiographSource("table", images, scratch["none.csv"])), StringComparison.Ordinal);
        Assert.StartsWith("f.labels: none of the 243 images", Refused(new RadiographSource("table", images, scratch["strangers.csv"])),
            StringComparison.Ordinal);
        Assert.StartsWith("f.labels: is missing, and", Refused(new RadiographSource("table", images)), StringComparison.Ordinal);
        Assert.StartsWith("f.labels: 262a70ca.png: a mask is written as pairs of skip and length",
            Refused(new RadiographSource("siim", images, scratch["rle.csv"])), StringComparison.Ordinal);
        Assert.StartsWith("f.masks: is missing", Refused(new RadiographSource("masks", images)), StringComparison.Ordinal);
        Assert.StartsWith("f.name: broken.xml: line 1, column ", Refused(new RadiographSource("openi", scratch.Path)),
            StringComparison.Ordinal);
    }

    private static void Place(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }

    private static IEnumerable<(int X, int Y)> Marked(GrayImage mask) =>
        Enumerable.Range(0, mask.Pixels.Length).Where(i => mask.Pixels[i] > 0).Select(i => (X: i % mask.Width, Y: i / mask.Width))
            .OrderBy(p => p.X).ThenBy(p => p.Y);

    private static StudySet Read(RadiographSource source) => DataLayouts.Read(source, "f", TestContext.Current.CancellationToken);

    private static string Refused(RadiographSource source) => Assert.Throws<MeshException>(() => Read(source)).Message;
}
