using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Storage.Objects;

namespace SynCxr.Mesh.Storage;

/// <summary>Where objects are kept; one section for every service of a process.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>Name of the object store; <c>folder</c> is the only one so far. Default <c>folder</c>.</summary>
    [Required]
    public string Kind { get; set; } = ObjectStores.Folder;

    /// <summary>Folder that holds <c>objects/</c>, absolute or relative to the working directory. Default <c>state</c>.</summary>
    [Required]
    public string Root { get; set; } = "state";
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;

internal sealed class StorageKindValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options) => ObjectStores.Kinds.Contains(options.Kind)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"Storage:Kind '{options.Kind}' is none of: {string.Join(", ", ObjectStores.Kinds)}");
}
