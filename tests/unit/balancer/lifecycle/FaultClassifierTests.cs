using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>Every cause that work can meet, and who bears it.</summary>
public sealed class FaultClassifierTests
{
    /// <summary>A call to a service, as its ErrorInfo gives the reason; fields are those of its BadRequest.</summary>
    [Theory]
    // It may pass.
    [InlineData("Report", "PEER_UNREACHABLE", "", "Transient")]
    [InlineData("Report", "QUEUE_FULL", "", "Transient")]
    [InlineData("Image", "DRAINING", "", "Transient")]
    [InlineData("Image", "DEADLINE_UNMEETABLE", "", "Transient")]
    [InlineData("Verdict", "QUOTA_EXHAUSTED", "", "Transient")]
    [InlineData("Image", "CANCELLED", "", "Transient")]
    [InlineData("Image", "INTERNAL", "", "Transient")]
    // The pair's.
    [InlineData("Report", "ENTITY_CHECK_FAILED", "", "Attempt", "report", "entity_check")]
    [InlineData("Report", "CONTENT_REFUSED", "", "Attempt", "report", "content_refused")]
    [InlineData("Report", "CONTEXT_EXCEEDED", "", "Attempt", "report", "context_exceeded")]
    [InlineData("Image", "MODEL_OUTPUT_NOT_FINITE", "", "Attempt", "image", "not_finite")]
    [InlineData("Image", "CONTENT_REFUSED", "", "Attempt", "image", "content_refused")]
    [InlineData("Image", "MESSAGE_TOO_LARGE", "", "Attempt", "report", "text_refused")]
    [InlineData("Image", "INVALID_FIELD", "spec.prompt", "Attempt", "report", "text_refused")]
    [InlineData("Verdict", "CONTENT_REFUSED", "", "Attempt", "image", "content_refused")]
    [InlineData("Verdict", "INVALID_FIELD", "image.ref", "Attempt", "image", "image_refused")]
    [InlineData("Verdict", "INVALID_FIELD", "alignment.texts", "Attempt", "report", "text_refused")]
    // Made again from its seed.
    [InlineData("Verdict", "NOT_FOUND", "", "LostObject")]
    [InlineData("Verdict", "DATA_CORRUPT", "", "LostObject")]
    [InlineData("Duplicates", "NOT_FOUND", "", "LostObject")]
    // It may pass, but not in the long run.
    [InlineData("Report", "UNAUTHENTICATED", "", "Brief")]
    [InlineData("Duplicates", "UNAUTHENTICATED", "", "Brief")]
    // The set's.
    [InlineData("Report", "PERMISSION_DENIED", "", "Dataset")]
    [InlineData("Image", "UNIMPLEMENTED", "", "Dataset")]
    [InlineData("Report", "MODEL_NOT_LOADED", "", "Dataset")]
    [InlineData("Report", "NOT_FOUND", "", "Dataset")]
    [InlineData("Verdict", "JUDGE_DRIFTED", "", "Dataset")]
    [InlineData("Image", "INVALID_FIELD", "spec.model", "Dataset")]
    [InlineData("Verdict", "INVALID_FIELD", "generator", "Dataset")]
    [InlineData("Verdict", "INVALID_FIELD", "alignment.model.name", "Dataset")]
    [InlineData("Duplicates", "INVALID_FIELD", "model", "Dataset")]
    [InlineData("Image", "DISK_FULL", "", "Dataset")]
    [InlineData("Image", "STORE_REFUSED", "", "Dataset")]
    [InlineData("Duplicates", "MESSAGE_TOO_LARGE", "", "Dataset")]
    [InlineData("Image", "DATA_CORRUPT", "", "Dataset")]
    // The spec's: it can never work.
    [InlineData("Report", "INVALID_FIELD", "spec.entities", "Spec")]
    [InlineData("Image", "INVALID_FIELD", "spec.scheduler", "Spec")]
    [InlineData("Image", "INFEASIBLE", "", "Spec")]
    public void Classify_CallWithAReason_GoesByIt(string place, string reason, string field, string kind, string step = "",
        string rejection = "")
    {
        var fault = FaultClassifier.Classify(CallThatFailed(reason, field), System.Enum.Parse<FaultPlace>(place));

        Assert.Equal((kind, reason, (step, rejection)), (fault.Kind.ToString(), fault.Reason, fault.Rejection));
    }

    /// <summary>A service of somebody else's, whose status has no details.</summary>
    [Theory]
    [InlineData(StatusCode.Unavailable, "Transient", false)]
    [InlineData(StatusCode.DeadlineExceeded, "Transient", false)]
    [InlineData(StatusCode.ResourceExhausted, "Transient", false)]
    [InlineData(StatusCode.Cancelled, "Transient", false)]
    [InlineData(StatusCode.Aborted, "Transient", true)]
    [InlineData(StatusCode.Internal, "Transient", true)]
    [InlineData(StatusCode.Unknown, "Transient", true)]
    [InlineData(StatusCode.FailedPrecondition, "Transient", true)]
    [InlineData(StatusCode.Unauthenticated, "Brief", true)]
    [InlineData(StatusCode.PermissionDenied, "Dataset", false)]
    [InlineData(StatusCode.Unimplemented, "Dataset", false)]
    [InlineData(StatusCode.NotFound, "Dataset", false)]
    [InlineData(StatusCode.InvalidArgument, "Spec", false)]
    public void Classify_CallWithoutAReason_GoesByItsStatus(StatusCode status, string kind, bool isBroken)
    {
        var fault = FaultClassifier.Classify(new RpcException(new Grpc.Core.Status(status, "no")), FaultPlace.Report);

        Assert.Equal((kind, isBroken), (fault.Kind.ToString(), fault.IsBroken));
        Assert.Contains(ErrorReasons.All, r => r.Name == fault.Reason);
    }

    [Fact]
    public void Classify_ModelThatIsBeingLoaded_MayPass()
    {
        var loading = new MeshException(ErrorReasons.ModelNotLoaded, "still loading", retryAfter: TimeSpan.FromSeconds(1));

        Assert.Equal(FaultKind.Transient, FaultClassifier.Classify(loading, FaultPlace.Image).Kind);
        Assert.False(FaultClassifier.Classify(loading, FaultPlace.Image).IsBroken);
    }

    /// <summary>What this process itself meets: its rows, its files, its store.</summary>
    private static readonly (Exception Error, FaultPlace Place, FaultKind Kind, ErrorReason Reason)[] _ownFaults =
    [
        (new JsonException("broken"), FaultPlace.Report, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (new FormatException("broken"), FaultPlace.Context, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (new KeyNotFoundException("broken"), FaultPlace.Context, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (new InvalidDataException("broken"), FaultPlace.Sealing, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (new MeshException(ErrorReasons.DataCorrupt, "other entities"), FaultPlace.Context, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (MeshException.NotFound("vocabularies/ours"), FaultPlace.Context, FaultKind.Dataset, ErrorReasons.NotFound),
        (new IOException("full", 28), FaultPlace.Sealing, FaultKind.Dataset, ErrorReasons.DiskFull),
        (new MeshException(ErrorReasons.StoreRefused, "403"), FaultPlace.Sealing, FaultKind.Dataset, ErrorReasons.StoreRefused),
        (new MeshException(ErrorReasons.DataCorrupt, "other pixels"), FaultPlace.Sealing, FaultKind.Dataset, ErrorReasons.DataCorrupt),
        (new MeshException(ErrorReasons.PeerUnreachable, "away"), FaultPlace.Sealing, FaultKind.Transient, ErrorReasons.PeerUnreachable),
        (new SealedDatasetException("x", new SealedFileProblem("y", "differs")), FaultPlace.Sealing, FaultKind.Transient,
            ErrorReasons.DataCorrupt),
        (new TimeoutException("late"), FaultPlace.Sealing, FaultKind.Transient, ErrorReasons.PeerUnreachable),
        (new InvalidOperationException("a defect"), FaultPlace.Duplicates, FaultKind.Transient, ErrorReasons.Internal),
    ];

    [Fact]
    public void Classify_FaultOfThisProcess_IsBorneByWhoCanMendIt() => Assert.All(_ownFaults, own =>
    {
        var fault = FaultClassifier.Classify(own.Error, own.Place);

        Assert.Equal((own.Kind, own.Reason.Name), (fault.Kind, fault.Reason));
    });

    /// <summary>The driver's own exception, of a database that may have no more pages.</summary>
    [Fact]
    public void Classify_DatabaseWithoutRoom_IsAFullDisk()
    {
        using var database = new SqliteConnection("Data Source=:memory:");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "PRAGMA max_page_count = 2";
        command.ExecuteScalar();
        command.CommandText = "CREATE TABLE t AS SELECT zeroblob(100000) AS x";
        var full = Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());

        foreach (var error in new Exception[] { full, new DbUpdateException("not saved", full) })
        {
            var fault = FaultClassifier.Classify(error, FaultPlace.Verdict);
            Assert.Equal((FaultKind.Dataset, "DISK_FULL"), (fault.Kind, fault.Reason));
        }
    }

    [Fact]
    public void Message_OfAForeignService_FitsARowAndALine()
    {
        var said = "a\0b\nc" + new string('x', 5000);

        var fault = FaultClassifier.Classify(new RpcException(new Grpc.Core.Status(StatusCode.Internal, said)), FaultPlace.Report);

        Assert.StartsWith("a b c", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1000, fault.Message.Length);
    }

    [Fact]
    public void WaitsFor_UnreachablePeer_IsTheOneThatTheClientNames()
    {
        var info = new ErrorInfo { Domain = ErrorReasons.Domain, Reason = "PEER_UNREACHABLE", Metadata = { ["peer"] = "somebody" } };
        var call = new RpcStatus { Code = (int)StatusCode.Unavailable, Details = { Any.Pack(info) } }.ToRpcException();

        Assert.Equal("somebody", FaultClassifier.Classify(call, FaultPlace.Report).WaitsFor);
        Assert.Equal("diffusion", FaultClassifier.Classify(CallThatFailed("QUEUE_FULL", ""), FaultPlace.Image).WaitsFor);
    }

    private static RpcException CallThatFailed(string reason, string field)
    {
        var known = ErrorReasons.All.Single(r => r.Name == reason);
        var status = new RpcStatus
        {
            Code = (int)known.Status,
            Message = "as the test asked",
            Details = { Any.Pack(new ErrorInfo { Domain = ErrorReasons.Domain, Reason = reason }) },
        };
        if (field.Length > 0)
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = field } } }));
        return status.ToRpcException();
    }
}
