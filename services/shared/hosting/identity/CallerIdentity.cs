using System.Collections.Frozen;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>Who calls: settled once, before the body is read.</summary>
/// <param name="Name">For messages: the name of a token, "a service of the mesh".</param>
/// <param name="Tenant">The tenant that the caller acts for; null where the call itself says it.</param>
/// <param name="Roles">Of <see cref="RoleNames"/>.</param>
internal sealed record CallerIdentity(string Name, string? Tenant, FrozenSet<string> Roles)
{
    private static readonly FrozenSet<string> _allRoles = RoleNames.All.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whoever calls a process that asks for no proof.</summary>
    public static CallerIdentity Anyone { get; } = new("anyone", null, _allRoles);

    /// <summary>A service with a certificate of the mesh: it works for any tenant.</summary>
    public static CallerIdentity MeshService { get; } = new("a service of the mesh", null, _allRoles);

    /// <exception cref="MeshException">PERMISSION_DENIED: names the role that is needed.</exception>
    public void ThrowIfLacksRole(string role, string what)
    {
        if (Roles.Contains(role))
            return;
        var has = Roles.Count == 0 ? "none" : string.Join(", ", Roles.Order(StringComparer.Ordinal));
        throw new MeshException(ErrorReasons.PermissionDenied,
            $"{EchoedText.Shorten(what)} needs the role '{role}'; the caller has {has}. An operator of the mesh gives roles.");
    }

    /// <summary>The tenant of the call.</summary>
    /// <param name="requested">What the call says itself in <see cref="RequestContext.TenantHeader"/>; null where it says nothing.</param>
    /// <exception cref="MeshException">PERMISSION_DENIED for the tenant of another caller.</exception>
    public string ResolveTenant(string? requested)
    {
        if (Tenant is null)
            return requested ?? RequestContext.LocalTenant;
        return requested is null || requested == Tenant ? Tenant
            : throw new MeshException(ErrorReasons.PermissionDenied, $"The caller may not act for the tenant '{requested}'.");
    }
}
