using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Objects;

/// <summary>Registers what storage offers.</summary>
public static class ObjectStoreHost
{
    /// <summary>Adds the object store that section <c>Storage</c> names. Several services of a process may each call it.</summary>
    public static IHostApplicationBuilder AddObjectStore(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(s => s.ServiceType == typeof(IObjectStore)))
            return builder;
        builder.Services.AddOptions<ObjectStoreOptions>().BindConfiguration(ObjectStoreOptions.Section).ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ObjectStoreOptions>, ObjectStoreOptionsValidator>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ObjectStoreOptions>, ObjectStoreKindValidator>());
        builder.Services.TryAddSingleton(s => new S3Bucket(s.GetRequiredService<IOptions<ObjectStoreOptions>>().Value));
        builder.Services.TryAddSingleton(ObjectStoreNames.Create);
        builder.Services.AddSingleton<S3StartProbe>();
        builder.Services.AddSingleton<IStartPrerequisite>(s => s.GetRequiredService<S3StartProbe>());
        builder.Services.AddHostedService(s => s.GetRequiredService<S3StartProbe>());
        return builder;
    }
}
