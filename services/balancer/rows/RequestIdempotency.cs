using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Same id, same answer: what each mutating call was answered is a row beside the change that it made.</summary>
internal static class RequestIdempotency
{
    /// <summary>The resource that the id made before, or null.</summary>
    /// <exception cref="MeshException">REQUEST_ID_REUSED when the body was another one.</exception>
    public static async Task<string?> CheckAsync(BalancerDb db, string tenant, string requestId, string bodyDigest,
        CancellationToken cancellation)
    {
        if (requestId.Length > 128)
            throw MeshException.Invalid("request_id", "must be at most 128 characters");
        if (requestId.Length == 0)
            return null;
        var known = await db.Requests.FirstOrDefaultAsync(r => r.Tenant == tenant && r.RequestId == requestId, cancellation);
        if (known is null)
            return null;
        return known.BodyDigest == bodyDigest
            ? known.Resource
            : throw new MeshException(ErrorReasons.RequestIdReused,
                $"request_id: '{EchoedText.Shorten(requestId)}' was used with another body",
                [new FieldViolation("request_id", "was used with another body")]);
    }

    public static void Remember(BalancerDb db, string tenant, string requestId, string bodyDigest, string resource, long nowMs)
    {
        if (requestId.Length > 0)
            db.Add(new RequestRow
            {
                Tenant = tenant,
                RequestId = requestId,
                BodyDigest = bodyDigest,
                Resource = resource,
                CreatedMs = nowMs,
            });
    }
}
