using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>
/// What services of one process know each other by, where all of them are in it and call each other over loopback: a random text that is
/// made at start and never leaves the process. Between processes certificates of the mesh take its place.
/// </summary>
public sealed class OwnCallToken
{
    private OwnCallToken()
    {
    }

    /// <summary>The token.</summary>
    internal string Value { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lets the services of this process call each other for any tenant.</summary>
    public static void Register(IHostApplicationBuilder builder) => builder.Services.AddSingleton(new OwnCallToken());

    /// <summary>True for the token, compared in constant time.</summary>
    internal bool IsMatch(string value) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Value), Encoding.UTF8.GetBytes(value));
}
