using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Places;

/// <summary>Registers what finds the data that requests name.</summary>
public static class PlacesHost
{
    /// <summary>Adds the data roots of section <c>Data</c> and the data sets of the balancer. Several services of a process may each call
    /// it.</summary>
    public static void AddDataPlaces(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddMeshClient<DatasetService.DatasetServiceClient>("balancer");
        if (builder.Services.Any(s => s.ServiceType == typeof(DataPlaceResolver)))
            return;
        builder.Services.AddOptions<DataOptions>().BindConfiguration(DataOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DataOptions>, DataOptionsRules>();
        builder.Services.AddSingleton<DataPlaceResolver>();
        builder.Services.AddSingleton<SealedDatasetLocator>();
    }
}
