using System.Globalization;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// The header <c>grpc-timeout</c> of gRPC over HTTP/2: up to eight digits and a unit, H, M, S, m (milliseconds), u or n.
/// </summary>
internal static class GrpcTimeoutHeader
{
    private const string Name = "grpc-timeout";
    private const int MaxDigits = 8;

    /// <summary>The longest time that a timer takes; a longer one is as good as none.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(40);

    /// <returns>The time; null where the header is absent, malformed, or longer than forty days.</returns>
    public static TimeSpan? Read(IHeaderDictionary headers)
    {
        var text = headers[Name].ToString();
        if (text.Length is 0 or > MaxDigits + 1
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        TimeSpan? time = text[^1] switch
        {
            'H' => TimeSpan.FromHours(number),
            'M' => TimeSpan.FromMinutes(number),
            'S' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMilliseconds(number),
            'u' => TimeSpan.FromMicroseconds(number),
            'n' => TimeSpan.FromTicks(number / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
        return time > _longest ? null : time;
    }
}
