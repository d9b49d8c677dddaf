using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Objects;

/// <summary>Where objects are kept; one section for every service of a process.</summary>
public sealed class ObjectStoreOptions
{
    public const string Section = "Storage";

    /// <summary>Name of the object store: <c>folder</c> or <c>s3</c>. Default <c>folder</c>.</summary>
    [Required]
    public string Kind { get; set; } = ObjectStoreNames.Folder;

    /// <summary>
    /// For <c>folder</c>: the folder that holds <c>objects/</c>, absolute or relative to the working directory. Default <c>state</c>.
    /// </summary>
    [Required]
    [DataType("WritableFolder")]
    public string Root { get; set; } = "state";

    /// <summary>For <c>s3</c>: the store's URL; empty for Amazon's own in <see cref="Region"/>.</summary>
    [DataType(DataType.Url)]
    public string Endpoint { get; set; } = "";

    /// <summary>For <c>s3</c>: the region that requests are signed for. Default <c>us-east-1</c>, which most other stores expect.</summary>
    [Required]
    public string Region { get; set; } = "us-east-1";

    /// <summary>For <c>s3</c>: the bucket; it must exist. No default.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>For <c>s3</c>: the key's name; no default.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>For <c>s3</c>: the key; no default.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>For <c>s3</c>: longest time of one try of a request, 1 s to 10 min. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestLimit { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class ObjectStoreOptionsValidator : IValidateOptions<ObjectStoreOptions>;

internal sealed class ObjectStoreKindValidator : IValidateOptions<ObjectStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, ObjectStoreOptions options)
    {
        var problems = new List<string>();
        if (!ObjectStoreNames.All.Contains(options.Kind))
            problems.Add($"Storage:Kind '{options.Kind}' is none of: {string.Join(", ", ObjectStoreNames.All)}");
        if (options.Kind == ObjectStoreNames.S3)
        {
            foreach (var (key, value) in new[] { ("Bucket", options.Bucket), ("AccessKey", options.AccessKey),
                ("SecretKey", options.SecretKey) })
            {
                if (value.Length == 0)
                    problems.Add($"Storage:{key} is not given, and Storage:Kind is 's3'");
            }

            if (options.Endpoint.Length > 0
                && !(Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
                problems.Add($"Storage:Endpoint '{options.Endpoint}' must be an http or https URL");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
