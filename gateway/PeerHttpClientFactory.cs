using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Tls;
using Yarp.ReverseProxy.Forwarder;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// The proxy's connections show the certificate of the mesh, trust its authority and have the same limits, as those of the mesh's own
/// clients.
/// </summary>
internal sealed class PeerHttpClientFactory(MeshCertificateStore certificates) : ForwarderHttpClientFactory
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        PeerConnection.SetLimits(handler);
        certificates.UseTls(handler, RouteTable.GetService(context.ClusterId));
    }
}
