using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>
/// Finds out who calls, from the connection and the head of a request alone: by its token, or, where it has none, by its certificate of the
/// mesh.
/// </summary>
internal sealed class CallerAuthenticator(IOptions<MeshOptions> options, TokenStore tokens, IssuedTokenAuthenticator issuer,
    OwnCallToken? own = null)
{
    private const string Scheme = "Bearer ";

    private readonly bool _isOpen = options.Value.Authentication == AuthenticationModeNames.None;

    /// <exception cref="MeshException">UNAUTHENTICATED; PEER_UNREACHABLE while the issuer's keys can't be read.</exception>
    public async ValueTask<CallerIdentity> AuthenticateAsync(HttpContext http)
    {
        if (_isOpen)
            return CallerIdentity.Anyone;
        var header = http.Request.Headers.Authorization;
        if (header.Count == 0 && http.Connection.ClientCertificate is not null
            && !http.Request.Headers.ContainsKey(RequestContext.ForwardedHeader))
            return CallerIdentity.MeshService; // no other certificate gets through the handshake
        if (header.Count != 1 || !header.ToString().StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new MeshException(ErrorReasons.Unauthenticated,
                "The call has no 'authorization: Bearer <token>' header, or several, and this process requires one.");
        var token = header.ToString()[Scheme.Length..].Trim();
        if (own?.IsMatch(token) == true)
            return CallerIdentity.MeshService;
        return tokens.Find(token)
            ?? (issuer.IsOn && IsSigned(token) ? await issuer.AuthenticateAsync(http) : throw new MeshException(
                ErrorReasons.Unauthenticated, "The token is not among those that this process accepts."));
    }

    /// <summary>True for the form of a JWT: head, claims and signature, with full stops between them.</summary>
    private static bool IsSigned(string token) => token.Count(c => c == '.') == 2;
}
