using System.Text.RegularExpressions;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SynCxr.Mesh.Hosting.Identity;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>On whose behalf the process works. It flows with the async context, in gRPC metadata and in every message.</summary>
/// <param name="Tenant">Owner of every resource that the call touches.</param>
/// <param name="RequestId">Finds the call in every log of the mesh.</param>
public sealed partial record RequestContext(string Tenant, string RequestId)
{
    /// <summary>The tenant of the standalone profile.</summary>
    public const string LocalTenant = "local";

    /// <summary>Metadata key of the tenant.</summary>
    public const string TenantHeader = "x-syncxr-tenant";

    /// <summary>Metadata key of the request id.</summary>
    public const string RequestIdHeader = "x-request-id";

    /// <summary>
    /// Marks what a gateway passes on for a client: the connection is the gateway's, whose certificate says nothing of the client.
    /// </summary>
    public const string ForwardedHeader = "x-syncxr-forwarded";

    private static readonly AsyncLocal<RequestContext?> _current = new();

    /// <summary>The context of this async flow; the tenant <c>local</c> where none was entered.</summary>
    public static RequestContext Current => _current.Value ?? new RequestContext(LocalTenant, "");

    /// <summary>The tenant of a request whose caller is settled: for what handles it without being a service.</summary>
    public static string GetTenant(HttpContext http) => http.Features.GetRequiredFeature<CallerFeature>().Tenant;

    /// <summary>
    /// True where an answer may hold a path of this machine: for services of the mesh, and where nobody proves who they are, which is one
    /// person on one machine. Who shows a token of a tenant gets names only.
    /// </summary>
    public static bool MaySeePaths(ServerCallContext call) =>
        call.GetHttpContext().Features.GetRequiredFeature<CallerFeature>().Caller.Tenant is null;

    /// <summary>Sets the context until the result is disposed: for consumers and background work.</summary>
    public static IDisposable Enter(string tenant, string requestId)
    {
        var scope = new RequestContextScope(_current.Value);
        _current.Value = new RequestContext(tenant, requestId);
        return scope;
    }

    /// <summary>True for 1 to 63 characters of a-z, 0-9 and "-", starting with a letter.</summary>
    public static bool IsTenantName(string name) => TenantPattern().IsMatch(name);

    internal static bool IsRequestId(string id) => RequestIdPattern().IsMatch(id);

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,62}\z")]
    private static partial Regex TenantPattern();

    [GeneratedRegex(@"\A[\x21-\x7e]{1,128}\z")]
    private static partial Regex RequestIdPattern();

    private sealed class RequestContextScope(RequestContext? before) : IDisposable
    {
        public void Dispose() => _current.Value = before;
    }
}
