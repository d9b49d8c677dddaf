namespace SynCxr.Mesh.Overload;

/// <summary>Divides free places between tenants, so that what each has then is as even by weight as the free places allow.</summary>
public static class TenantShares
{
    /// <param name="places">Free places.</param>
    /// <param name="tenants">Each with the places that it has already, and its weight.</param>
    /// <returns>The tenants that get places, and how many.</returns>
    public static List<(string Tenant, int Count)> Divide(int places, IReadOnlyList<(string Tenant, int Held, double Weight)> tenants)
    {
        var queue = new PriorityQueue<int, (double Load, int Order)>();
        var shares = new int[tenants.Count];
        for (var i = 0; i < tenants.Count; i++)
            queue.Enqueue(i, ((tenants[i].Held + 1) / tenants[i].Weight, i));
        for (; places > 0 && queue.Count > 0; places--)
        {
            var poorest = queue.Dequeue();
            shares[poorest]++;
            queue.Enqueue(poorest, ((tenants[poorest].Held + shares[poorest] + 1) / tenants[poorest].Weight, poorest));
        }

        return [.. tenants.Select((tenant, i) => (tenant.Tenant, shares[i])).Where(share => share.Item2 > 0)];
    }
}
