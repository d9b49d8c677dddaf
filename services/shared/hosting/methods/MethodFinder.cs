using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Hosting.Identity;

namespace SynCxr.Mesh.Hosting.Methods;

/// <summary>Finds the method that a request calls, in gRPC or JSON, in the service that serves it as in the gateway before it.</summary>
internal static class MethodFinder
{
    // ASP.NET's routing ignores case; a path that is missed here would be a method that nobody knows
    private static readonly FrozenDictionary<string, MethodPolicy> _byPath =
        MethodPolicyTable.All.ToFrozenDictionary(p => p.Path, StringComparer.OrdinalIgnoreCase);

    private static readonly HttpRulePattern[] _byRule =
        [.. MethodPolicyTable.All.SelectMany(HttpRulePattern.FromMethod).OrderByDescending(r => r.HasSuffix)];

    /// <summary>The method; null for a path of none of the contracts.</summary>
    public static MethodPolicy? Find(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        return _byPath.GetValueOrDefault(path) ?? Array.Find(_byRule, r => r.IsMatch(request.Method, path))?.Policy;
    }

    public static bool IsHealth(PathString path) => path.StartsWithSegments("/grpc.health.v1.Health");

    /// <summary>Reflection is a stream of requests, each of which gRPC bounds.</summary>
    public static bool IsReflection(PathString path) =>
        path.StartsWithSegments("/grpc.reflection.v1.ServerReflection")
            || path.StartsWithSegments("/grpc.reflection.v1alpha.ServerReflection");

    /// <summary>The role for what is no method of the contracts.</summary>
    public static string GetRoleOfUnknown(PathString path) => IsReflection(path) ? RoleNames.Read : RoleNames.Operate;
}
