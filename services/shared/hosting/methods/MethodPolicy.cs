using Google.Protobuf.Reflection;

namespace SynCxr.Mesh.Hosting.Methods;

/// <summary>Who may call a method, and how large its request may be.</summary>
/// <param name="Method">The method.</param>
/// <param name="Role">The role that a caller needs.</param>
/// <param name="MaxBytes">Largest request in bytes: a protobuf message, before and after decompression, or a JSON body.</param>
/// <param name="MaxEntries">
/// Most entries of the lists and messages within it. An empty entry of two bytes becomes an object of two hundred, so bytes alone bound
/// nothing.
/// </param>
internal sealed record MethodPolicy(MethodDescriptor Method, string Role, int MaxBytes, int MaxEntries)
{
    /// <summary>Limits of a request that names things, and of methods that this version doesn't know.</summary>
    public const int UsualBytes = 256 * 1024, UsualEntries = 10_000;

    /// <summary>The path of its gRPC call.</summary>
    public string Path => $"/{Method.Service.FullName}/{Method.Name}";
}
