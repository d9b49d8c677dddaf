using System.CommandLine;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>How the command says who calls, by <c>--token-file</c>, and whom it believes, by <c>--ca-file</c>.</summary>
internal sealed class CallerCredentials
{
    private const string EnvironmentPrefix = "SYNCXR_";
    private readonly string? _tokenFile;
    private readonly X509Certificate2Collection? _authority;

    private CallerCredentials(string? tokenFile, X509Certificate2Collection? authority)
    {
        _tokenFile = tokenFile;
        _authority = authority;
    }

    /// <summary>For a mesh within the command.</summary>
    public static CallerCredentials None { get; } = new(null, null);

    /// <exception cref="MeshException">INVALID_FIELD: an option, or what it names, is wrong.</exception>
    public static CallerCredentials Read(ParseResult parsed, Uri mesh)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        var tokenFile = FindFile(parsed.GetValue(SyncxrCommand.TokenFileOption)?.FullName, environment["TOKEN_FILE"]);
        var caFile = FindFile(parsed.GetValue(SyncxrCommand.CaFileOption)?.FullName, environment["CA_FILE"]);
        if (tokenFile is not null)
        {
            if (mesh.Scheme != Uri.UriSchemeHttps && !mesh.IsLoopback)
                throw MeshException.Invalid(SyncxrCommand.TokenFileOption.Name,
                    $"The token would travel in clear text to {mesh.Authority}. Give an https address, or leave the token out.");
            ReadToken(tokenFile);
        }

        return new CallerCredentials(tokenFile, caFile is null ? null : ReadAuthority(caFile));
    }

    /// <summary>Lets connections trust the authority, and no other, where one was given.</summary>
    public SocketsHttpHandler Trust(SocketsHttpHandler handler)
    {
        if (_authority is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(_authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    /// <summary>Adds the token to each call, where one was given.</summary>
    public CallInvoker Identify(CallInvoker invoker) => _tokenFile is null ? invoker : invoker.Intercept(metadata =>
    {
        metadata.Add("authorization", "Bearer " + ReadToken(_tokenFile));
        return metadata;
    });

    private static string? FindFile(string? option, string? variable) =>
        option ?? (string.IsNullOrEmpty(variable) ? null : Path.GetFullPath(variable));

    private static string ReadToken(string file)
    {
        var token = ReadFile(SyncxrCommand.TokenFileOption.Name, file).Trim();
        return token.Length > 0 && token.All(c => c is > ' ' and <= '~') ? token : throw MeshException.Invalid(
            SyncxrCommand.TokenFileOption.Name, $"'{file}' must hold one token: printable ASCII characters without spaces.");
    }

    private static X509Certificate2Collection ReadAuthority(string file)
    {
        var authority = new X509Certificate2Collection();
        try
        {
            authority.ImportFromPem(ReadFile(SyncxrCommand.CaFileOption.Name, file));
        }
        catch (CryptographicException)
        {
            authority.Clear();
        }

        return authority.Count > 0 ? authority
            : throw MeshException.Invalid(SyncxrCommand.CaFileOption.Name, $"'{file}' has no certificate in PEM.");
    }

    private static string ReadFile(string option, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(SettingFile.ReadAllBytes(file)).TrimStart('\uFEFF');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, error is IOException ? $"{error.Message}." : $"'{file}' can't be read: permission denied.");
        }
    }
}
