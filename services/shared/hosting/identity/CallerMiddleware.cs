using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Methods;
using SynCxr.Mesh.Hosting.Tls;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>
/// Settles who calls and whether the caller may, from the head of the request: whoever may not is refused before a byte of the body is
/// read, in gRPC, gRPC-Web and JSON alike. Without TLS health needs no identity, since services have none to show; with it, those who
/// have no identity use the operations port.
/// </summary>
internal sealed class CallerMiddleware(RequestDelegate next, CallerAuthenticator authenticator, MeshCertificateStore certificates)
{
    public async Task InvokeAsync(HttpContext http)
    {
        http.Features.Set(await SettleAsync(http));
        await next(http);
    }

    /// <exception cref="MeshException">UNAUTHENTICATED, PERMISSION_DENIED or, for a wrong header, INVALID_FIELD.</exception>
    private async ValueTask<CallerFeature> SettleAsync(HttpContext http)
    {
        var requested = http.Request.Headers[RequestContext.TenantHeader];
        if (requested.Count > 1 || (requested.Count == 1 && !RequestContext.IsTenantName(requested.ToString())))
            throw MeshException.Invalid(RequestContext.TenantHeader,
                "a tenant name has 1 to 63 characters of a-z, 0-9 and '-', and starts with a letter; it is given once");
        if (!certificates.IsOn && MethodFinder.IsHealth(http.Request.Path))
            return new CallerFeature(CallerIdentity.Anyone, RequestContext.LocalTenant);
        var caller = await authenticator.AuthenticateAsync(http);
        var method = MethodFinder.Find(http.Request);
        caller.ThrowIfLacksRole(method?.Role ?? MethodFinder.GetRoleOfUnknown(http.Request.Path),
            method?.Method.Name ?? http.Request.Path.ToString());
        return new CallerFeature(caller, caller.ResolveTenant(requested.Count == 1 ? requested.ToString() : null));
    }
}

/// <summary>Who makes a call, and for which tenant: a feature of its request.</summary>
internal sealed record CallerFeature(CallerIdentity Caller, string Tenant);
