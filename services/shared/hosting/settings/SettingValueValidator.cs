using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Checks the text of every setting against the type and range of its property before anything binds it, so that each wrong value is said
/// in one form: <c>Section:Key: 'abc' is not a whole number from 1 to 256</c>. The binder and the validators of the options classes speak
/// of .NET's types and classes instead. An address or a folder is told by its <see cref="DataTypeAttribute"/>.
/// </summary>
internal static class SettingValueValidator
{
    /// <summary>The <see cref="DataTypeAttribute.CustomDataType"/> of a folder that the process makes and writes to.</summary>
    public const string WritableFolder = "WritableFolder";

    /// <exception cref="OptionsValidationException">Values can't be used; names each of them.</exception>
    public static void Validate(IHostApplicationBuilder builder)
    {
        var problems = SettingKeys.BoundTypes(builder).SelectMany(t => FindProblems(builder.Configuration, t)).ToList();
        if (problems.Count > 0)
            throw new OptionsValidationException("settings", typeof(string), problems);
    }

    /// <summary>Why a text can't be the value of a property, as a sentence without its subject; null where it can.</summary>
    internal static string? FindProblem(Type type, string text, RangeAttribute? range, DataTypeAttribute? meaning)
    {
        var value = Nullable.GetUnderlyingType(type);
        if (value is not null && text.Length == 0)
            return null;
        value ??= type;
        if (value == typeof(string))
        {
            return text.Length == 0 ? null
                : meaning?.DataType == DataType.Url ? FindAddressProblem(text)
                : meaning?.CustomDataType == WritableFolder ? WritableFolderProbe.FindProblem(text)
                : null;
        }

        if (DescribeValues(value, range) is not { } wanted)
            return null;
        var converter = TypeDescriptor.GetConverter(value);
        return converter.IsValid(text) && IsInRange(converter.ConvertFromInvariantString(text)!, range)
            ? null : $"'{text}' is not {wanted}";
    }

    private static IEnumerable<string> FindProblems(IConfiguration configuration, Type options)
    {
        foreach (var property in options.GetProperties())
        {
            var key = $"{SettingKeys.GetSection(options)}:{property.Name}";
            if (configuration[key] is not { } text)
                continue;
            var problem = SettingKeys.HasEntries(property.PropertyType)
                ? FindEntriesProblem(key, property.PropertyType, text)
                : property.IsDefined(typeof(RequiredAttribute), inherit: true) && string.IsNullOrWhiteSpace(text)
                    ? "is empty. Give a value, or leave the setting out for its default"
                    : FindProblem(property.PropertyType, text, GetAttribute<RangeAttribute>(property),
                        GetAttribute<DataTypeAttribute>(property));
            if (problem is not null)
                yield return $"{key}: {problem}";
        }
    }

    private static T? GetAttribute<T>(System.Reflection.PropertyInfo property)
        where T : Attribute => Attribute.GetCustomAttribute(property, typeof(T), inherit: true) as T;

    /// <summary>A list or dictionary as one value binds to nothing, so that the setting would be ignored.</summary>
    private static string? FindEntriesProblem(string key, Type type, string text) => text.Length == 0 ? null
        : type.IsAssignableTo(typeof(IDictionary)) ? $"has several entries. Give each as {key}:name=value"
        : $"is a list. Give its entries as {key}:0=value, {key}:1=value";

    private static string? FindAddressProblem(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0
            ? null : $"'{text}' is not an address of the form http://host:port";

    private static bool IsInRange(object value, RangeAttribute? range) => range is null || range.IsValid(value);

    private static string? DescribeValues(Type type, RangeAttribute? range)
    {
        var limits = range is null ? "" : $" from {range.Minimum} to {range.Maximum}";
        return type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? $"a time{limits}, written as hh:mm:ss"
            : type == typeof(double) || type == typeof(float) ? $"a number{limits}"
            : type.IsPrimitive ? $"a whole number{limits}"
            : null;
    }
}
