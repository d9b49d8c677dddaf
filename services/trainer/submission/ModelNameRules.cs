using System.Globalization;
using Google.Protobuf;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>
/// A name is one model's: a training whose name another one has is refused, or makes the next version where it is asked to. The same spec
/// again is the same training, which gives the same bytes.
/// </summary>
internal static class ModelNameRules
{
    private const string Field = "spec.model_name";

    /// <param name="spec">The spec, without a version.</param>
    /// <param name="isNewVersion">True where a name that is taken gets the next version.</param>
    /// <param name="modelFolder">Where the model of that name is, if there is one.</param>
    public static JobAdmission CreateAdmission(TrainingSpec spec, bool isNewVersion, string modelFolder) =>
        new(spec.ModelName, $"\"modelName\": \"{spec.ModelName}\"", rows => Decide(spec, isNewVersion, modelFolder, rows), RemoveVersion);

    /// <summary>The spec as it was asked for.</summary>
    public static TrainingSpec WithoutVersion(TrainingSpec spec)
    {
        var asked = spec.Clone();
        asked.ClearModelVersion();
        return asked;
    }

    private static string RemoveVersion(string specJson) =>
        JsonFormatter.Default.Format(WithoutVersion(TrainingSpec.Parser.ParseJson(specJson)));

    private static string Decide(TrainingSpec spec, bool isNewVersion, string modelFolder, IReadOnlyList<JobRow> rows)
    {
        var owners = rows.Where(r => r.Stage is not (JobStage.Failed or JobStage.Cancelled))
            .Select(r => (Row: r, Spec: TrainingSpec.Parser.ParseJson(r.SpecJson))).Where(o => o.Spec.ModelName == spec.ModelName).ToList();
        var versionOnDisk = ReadVersion(modelFolder);
        if (!isNewVersion)
        {
            if (owners.FindLast(o => !o.Spec.Equals(spec)) is { Row: { } owner })
                throw Refuse(spec.ModelName, $"trainings/{owner.Id} {(owner.HasEnded ? "made" : "makes")} it");
            if (owners.Count == 0 && versionOnDisk > 0)
                throw Refuse(spec.ModelName, "its folder is there, and no training here made it");
            return JsonFormatter.Default.Format(spec);
        }

        var newest = owners.Select(o => o.Spec.HasModelVersion ? o.Spec.ModelVersion : 1).Append(versionOnDisk).Max();
        var versioned = spec.Clone();
        if (newest > 0)
            versioned.ModelVersion = newest + 1;
        return JsonFormatter.Default.Format(versioned);
    }

    private static MeshException Refuse(string name, string owner)
    {
        var problem = $"A model '{name}' exists or is being made: {owner}. Give another name, or ask for new_version, which keeps the old "
            + "one.";
        return new MeshException(ErrorReasons.WrongState, $"{Field}: {problem}", [new FieldViolation(Field, problem)]);
    }

    /// <summary>Version of the model in a folder; 0 where there is none, 1 where it doesn't say.</summary>
    private static int ReadVersion(string folder)
    {
        if (!File.Exists(Path.Combine(folder, ModelFolder.CardFile)))
            return 0;
        try
        {
            return int.TryParse(ModelFolder.Open(folder).Card.Version, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version : 1;
        }
        catch (InvalidDataException)
        {
            return 1; // damaged, but somebody's
        }
    }
}
