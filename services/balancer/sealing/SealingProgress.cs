using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// How much of a seal is known to be stored, as the data set's row says it, so that whoever goes on with it does not store or read that
/// again. The count holds for one manifest: its SHA-256 covers every file.
/// </summary>
internal sealed class SealingProgress(MeshDatabase<BalancerDb> rows, DatasetRow row, CrashInjector crashes)
{
    private bool _isWaiting = row.WaitingTries > 0;

    /// <summary>SHA-256 of the manifest that the count is of; empty before the first.</summary>
    public string Manifest { get; private set; } = row.SealingManifest;

    /// <summary>Files of it, in its order, the manifest itself last.</summary>
    public int Files { get; private set; } = row.SealedFiles;

    /// <summary>Files of a manifest that are known to be stored.</summary>
    public int CountOf(string manifest) => manifest == Manifest ? Files : 0;

    /// <summary>The first <paramref name="files"/> files are stored and confirmed.</summary>
    public async Task ConfirmAsync(string manifest, int files)
    {
        (Manifest, Files, _isWaiting) = (manifest, files, false);
        await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == row.Id && d.Stage == DatasetStage.Sealing).ExecuteUpdateAsync(s => s
                .SetProperty(d => d.SealingManifest, manifest)
                .SetProperty(d => d.SealedFiles, files)
                .SetProperty(d => d.SealingTries, 0)
                .SetProperty(d => d.WaitingTries, 0)),
            CancellationToken.None);
        crashes.CrashAt(CrashPoint.FileConfirmed);
    }

    /// <summary>Work on the seal succeeds again: nothing is waited for any more.</summary>
    public async Task ClearWaitingAsync()
    {
        if (!_isWaiting)
            return;
        _isWaiting = false;
        await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == row.Id).ExecuteUpdateAsync(s => s.SetProperty(d => d.WaitingTries, 0)),
            CancellationToken.None);
    }
}
