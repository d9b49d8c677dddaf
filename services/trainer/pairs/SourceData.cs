using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Data.Layouts;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>What one source gives: pictures with at least one text each, a part of them held out.</summary>
/// <param name="Source">As it was asked for.</param>
/// <param name="Field">The request's field that names it.</param>
/// <param name="Pictures">To learn from.</param>
/// <param name="Texts">Of those, in their order.</param>
/// <param name="Held">To choose the best weights by.</param>
/// <param name="HeldTexts">Of those, in their order.</param>
public sealed record SourceData(
    DataSource Source, string Field, IReadOnlyList<StudyPicture> Pictures, IReadOnlyList<IReadOnlyList<string>> Texts, IReadOnlyList<StudyPicture> Held, IReadOnlyList<IReadOnlyList<string>> HeldTexts)
{
    /// <summary>One patient in so many is held out.</summary>
    private const int HeldOneIn = 20;

    /// <summary>Most pictures that are held out of a source.</summary>
    private const int MostHeld = 256;

    /// <param name="holdOut">True to hold out a part; false to hold out none.</param>
    /// <param name="captions">Writes the reports of those that came without.</param>
    /// <exception cref="MeshException">Names the part of the source that is wrong.</exception>
    public static async Task<SourceData> ReadAsync(
        DataSource source, string field, int side, bool holdOut, ICaptionWriter captions, ulong seed, string file, IProgress<LoopProgress> progress, CancellationToken cancellation)
    {
        var studies = DataLayouts.Read(source, field, cancellation).Studies.Where(s => s.HasPicture).ToList();
        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.folder", $"layout '{source.Layout}' finds no picture in '{source.Folder}'");
        var mute = studies.FindAll(s => s.Report is null && LabelEntities.Draw(s, Dice.For(seed, s.Id, 0)) is null);
        if (mute.Count > 0)
            throw MeshException.Invalid($"{field}.labels", $"{mute.Count} of {studies.Count} pictures have neither a report nor a label that the vocabulary knows, '{mute[0].Id}' with labels '{string.Join(", ", mute[0].Labels)}' first");
        var book = await CaptionBook.WriteAsync([.. studies.Select(Subject.Of)], captions, seed, file, progress, cancellation);
        var pictures = StudyPicture.Load(studies, side, field, cancellation);
        var texts = studies.Select((_, i) => (IReadOnlyList<string>)[.. book[i].Select(c => c.Text).Distinct(StringComparer.Ordinal)]).ToArray();
        int[] held = holdOut ? [.. Enumerable.Range(0, pictures.Count).Where(i => IsHeld(pictures[i])).Take(MostHeld)] : [];
        var isHeld = held.ToHashSet();
        int[] kept = [.. Enumerable.Range(0, pictures.Count).Where(i => !isHeld.Contains(i) && !(holdOut && IsHeld(pictures[i])))];
        return new SourceData(source, field, [.. kept.Select(i => pictures[i])], [.. kept.Select(i => texts[i])], [.. held.Select(i => pictures[i])], [.. held.Select(i => texts[i])]);
    }

    /// <summary>By the patient, so that no patient stands on both sides; by the picture where none is known. The same for every seed.</summary>
    private static bool IsHeld(StudyPicture picture) => Convert.ToUInt32((picture.Study.PatientHash ?? picture.ImageHash)[..8], 16) % HeldOneIn == 0;
}
