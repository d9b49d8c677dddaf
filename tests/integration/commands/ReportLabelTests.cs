using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>report label</c>: every file of the folder is labelled, named or counted.</summary>
public sealed class ReportLabelTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Label_MixedFolder_ClaimsNoFindingOfNothingThatItCouldNotRead()
    {
        Write("p1/report.txt", "FINDINGS: Cardiomegaly.");
        Write("p2/report.txt", "Befund: Kein Pleuraerguss. Kardiomegalie.");
        Write("history.txt", "HISTORY: Effusion.");
        Write("empty.xml", "<e><Abstract><AbstractText Label=\"FINDINGS\"></AbstractText></Abstract></e>");
        Write("letter.docx", "x");

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("report", "label", _scratch["reports"], "--out", _scratch["l.csv"]);

        Assert.True(code == 0, error);
        Assert.Equal(1, result.GetProperty("reports").GetInt32());
        Assert.Equal(["empty", "history.txt", "p2/report.txt"],
            result.GetProperty("skipped_files").EnumerateArray().Select(f => f.GetProperty("file").GetString()).Order());
        Assert.Equal(1, result.GetProperty("other_files").GetInt32());
        Assert.StartsWith("p1/report,3,3,1,", (await File.ReadAllLinesAsync(_scratch["l.csv"]))[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reports", "out.csv", "--out: '", "exists. Give the name of a new file.")]
    [InlineData("reports/letter.docx", "new.csv", "folder: '", "is a file. Give the folder that it lies in.")]
    [InlineData("reports", "new.csv", "folder: None of", "Other files there: .docx 1.")]
    public async Task Label_WhatCanNotBeDone_IsTwoAndSaysTheWayOut(string folder, string file, string begin, string end)
    {
        Write("letter.docx", "x");
        await File.WriteAllTextAsync(_scratch["out.csv"], "x");

        var (code, _, error) = await SyncxrProcess.RunAsync("report", "label", _scratch[folder], "--out", _scratch[file]);

        Assert.Equal(2, code);
        Assert.Contains($"error: {begin}", error, StringComparison.Ordinal);
        Assert.Contains(end, error, StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_scratch[$"reports/{name}"])!);
        File.WriteAllText(_scratch[$"reports/{name}"], text);
    }
}
