using SynCxr.Mesh.Provenance.Cbor;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Holds the actions of a manifest to C2PA 2 (18.15): the first says that the content was created or opened, and how.</summary>
internal static class ActionValidator
{
    private static readonly string[] _labels = [ManifestLabels.Actions, ManifestLabels.FirstActions];

    /// <summary>Checks the actions, and takes what they say of the file's origin.</summary>
    public static void Validate(StoredManifest manifest, ManifestValidation validation)
    {
        var lists = _labels.SelectMany(manifest.ReadAssertions)
            .Select(a => a.FindList("actions")?.OfType<CborMembers>().ToList() ?? []).ToList();
        var first = lists.FirstOrDefault()?.FirstOrDefault();
        validation.DigitalSourceType = first?.FindText("digitalSourceType");
        validation.AISystem = first?.FindMap("softwareAgent")?.FindText("name") ?? first?.FindText("softwareAgent");
        validation.Title = manifest.Claim.FindText("dc:title");
        if (manifest.IsFirstVersion || manifest.IsUpdate)
            return;
        if (lists.Any(l => l.Count == 0))
            Fail(validation, "An assertion of actions has none.");
        else if (!IsBeginning(first))
            Fail(validation, "The first action must be c2pa.created or c2pa.opened.");
        var actions = lists.SelectMany(l => l).ToList();
        if (actions.Count(IsBeginning) > 1)
            Fail(validation, "There is more than one action c2pa.created or c2pa.opened.");
        foreach (var action in actions)
            Validate(action, ReferenceEquals(action, first), validation);
    }

    private static void Validate(CborMembers action, bool isFirst, ManifestValidation validation)
    {
        if (IsBeginning(action) && !isFirst)
            Fail(validation, "An action c2pa.created or c2pa.opened is not the first.");
        var name = action.FindText("action");
        if (string.IsNullOrEmpty(name))
            Fail(validation, "An action has no name.");
        if (name == ManifestLabels.Created && isFirst && action.FindText("digitalSourceType") is null)
            Fail(validation, "The action c2pa.created does not say how the content came to be (digitalSourceType).");
        if (name is ManifestLabels.Opened or "c2pa.placed" or "c2pa.removed" && !NamesIngredient(action.FindMap("parameters")))
            validation.Fail(ValidationCodes.ActionIngredientMismatch, "An action on other content does not name it (ingredients).");
    }

    private static bool NamesIngredient(CborMembers? parameters) =>
        parameters is not null && (parameters.FindList("ingredients") is { Count: > 0 } || parameters.FindMap("ingredient") is not null);

    private static bool IsBeginning(CborMembers? action) => action?.FindText("action") is ManifestLabels.Created or ManifestLabels.Opened;

    private static void Fail(ManifestValidation validation, string explanation) =>
        validation.Fail(ValidationCodes.ActionMalformed, explanation);
}
