using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>What a refusal must look like.</summary>
internal static class RefusedCallAssert
{
    public static async Task<RpcException> NamesAsync(string field, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(field, error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
        Assert.Equal(ErrorReasons.Domain, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Domain);
        return error;
    }

    public static async Task<RpcException> HasReasonAsync(ErrorReason reason, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(reason.Name, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(reason.Status, error.StatusCode);
        return error;
    }
}
