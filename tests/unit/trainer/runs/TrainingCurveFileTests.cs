using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Runs;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Runs;

public sealed class TrainingCurveFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_StepsTakenAgainAfterAKill_GivesTheFileOfAnUndisturbedRun()
    {
        Write("whole", 1, 6);
        Write("killed", 1, 5);
        var file = Path.Combine(_folder["killed"], TrainingCurveFile.FileName);
        File.AppendAllText(file, "judge\t6\t0.1"); // the process died over it
        Write("killed", 3, 6);

        Assert.Equal(File.ReadAllText(Path.Combine(_folder["whole"], TrainingCurveFile.FileName)), File.ReadAllText(file));
    }

    [Fact]
    public void ReadAll_WhatWasAdded_ComesBackToTheBit()
    {
        Write("run", 1, 6);

        var points = TrainingCurveFile.ReadAll(_folder["run"]).ToList();

        Assert.Equal(Enumerable.Range(1, 6).Select(i => Point(i) with { Steps = 0, SamplesPerSecond = 0 }), points);
    }

    private void Write(string folder, int from, int to)
    {
        using var curves = new TrainingCurveFile(_folder[folder]);
        curves.Append(new LoopProgress("captions", 1, 1, 0, 0, 0, 0)); // no step
        for (var i = from; i <= to; i++)
            curves.Append(Point(i));
    }

    private static LoopProgress Point(int step) => new("judge", step, 6, 1.0 / (step + 2), 0.1 / step, 7, step / 4)
    {
        Validation = step < 3 ? null : 2.0 / 3 / step,
    };
}
