using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs;

/// <summary>What requests call the choices of <see cref="RadiographSource.Views"/>.</summary>
public static class ViewNames
{
    /// <summary>Choose it for PA and AP, as most models want it. Where the source tells views, images without one are left out.</summary>
    public const string Frontal = "frontal";

    /// <summary>Choose it to have lateral and unknown views too.</summary>
    public const string All = "all";
}

/// <summary>What requests call the choices of <see cref="RadiographSource.Raters"/>.</summary>
public static class RaterPolicyNames
{
    /// <summary>Choose it for labels that more than half of the raters gave; one that fewer gave is uncertain.</summary>
    public const string Majority = "majority";

    /// <summary>Choose it for labels that at least one rater gave.</summary>
    public const string Any = "any";

    /// <summary>Choose it for what the first row of an image says.</summary>
    public const string First = "first";

    /// <summary>Choose it to have images on which raters differ refused.</summary>
    public const string Refuse = "refuse";
}

/// <summary>What requests call the choices of <see cref="RadiographSource.Duplicates"/>.</summary>
public static class DuplicatePolicyNames
{
    /// <summary>Choose it to be told of one image in two classes.</summary>
    public const string Refuse = "refuse";

    /// <summary>Choose it to have such images as one, with the labels of all.</summary>
    public const string Merge = "merge";
}

/// <summary>What requests call the choices of <see cref="RadiographSource.BadFiles"/>.</summary>
public static class BadFilePolicyNames
{
    /// <summary>Choose it to be told of every image that can't be read before anything else is done.</summary>
    public const string Refuse = "refuse";

    /// <summary>Choose it to go on without them; they are counted.</summary>
    public const string Skip = "skip";
}

/// <summary>Checks the settings of a source that have names.</summary>
public static class SourceSettings
{
    /// <exception cref="MeshException">INVALID_FIELD with the setting that has no such choice.</exception>
    public static void Check(RadiographSource source, string field)
    {
        Check(source.Views, $"{field}.views", ViewNames.Frontal, ViewNames.All);
        Check(source.Raters, $"{field}.raters", RaterPolicyNames.Majority, RaterPolicyNames.Any, RaterPolicyNames.First,
            RaterPolicyNames.Refuse);
        Check(source.Duplicates, $"{field}.duplicates", DuplicatePolicyNames.Refuse, DuplicatePolicyNames.Merge);
        Check(source.BadFiles, $"{field}.bad_files", BadFilePolicyNames.Refuse, BadFilePolicyNames.Skip);
    }

    private static void Check(string? given, string field, params string[] choices)
    {
        if (given is not null && !choices.Contains(given))
            throw MeshException.Invalid(field, $"'{EchoedText.Shorten(given)}' is none of {string.Join(", ", choices)}");
    }
}
