namespace SynCxr.Mesh.Overload;

/// <summary>How much of a busy process each tenant gets, relative to the others.</summary>
/// <param name="weights">Tenant → weight, above 0; a tenant that is not in it has 1.</param>
public sealed class TenantWeights(IReadOnlyDictionary<string, double> weights)
{
    /// <summary>The same for every tenant.</summary>
    public static TenantWeights Equal { get; } = new(new Dictionary<string, double>());

    public double WeightOf(string tenant) => weights.TryGetValue(tenant, out var weight) ? weight : 1;
}
