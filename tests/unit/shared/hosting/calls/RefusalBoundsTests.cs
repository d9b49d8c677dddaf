using System.Text;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

/// <summary>The last line of defence: whatever a refusal was made of, a client can read it, and it is one line.</summary>
public sealed class RefusalBoundsTests
{
    /// <summary>Trailers of a stock client: 8 KiB, the message percent-encoded, the details in base64.</summary>
    private const int MostTrailerBytes = 8 * 1024;

    [Theory]
    [InlineData('n')]
    [InlineData('é')]
    [InlineData('\u200b')]
    public void ToStatus_AnyLength_FitsTheTrailersOfAClient(char character)
    {
        var text = new string(character, 70_000);
        var fields = Enumerable.Range(0, 100).Select(_ => new FieldViolation(text, text)).ToList();

        var status = RefusalStatusMapping.ToStatus(new MeshException(ErrorReasons.InvalidField, text, fields), ("key", text));

        Assert.Equal((int)StatusCode.InvalidArgument, status.Code);
        Assert.NotEmpty(status.GetDetail<BadRequest>()!.FieldViolations);
        var message = Encoding.UTF8.GetBytes(status.Message).Sum(b => b is >= 0x20 and <= 0x7e ? 1 : 3);
        Assert.InRange(message + status.CalculateSize() * 4 / 3, 1, MostTrailerBytes);
    }

    [Fact]
    public void ToStatus_ShortRefusal_StaysAsItIs()
    {
        var status = RefusalStatusMapping.ToStatus(MeshException.Invalid("spec.data[0]", "must be a name"));

        Assert.Equal("spec.data[0]: must be a name", status.Message);
        Assert.Equal(("spec.data[0]", "must be a name"),
            status.GetDetail<BadRequest>()!.FieldViolations.Select(v => (v.Field, v.Description)).Single());
    }

    [Fact]
    public void Message_ControlCharacters_AreEscapedWhereverItWasMade()
    {
        var refusal = MeshException.Invalid("a\nb", "x\r\ny\u202e\u2028z");

        Assert.Equal("a\\nb: x\\r\\ny\\u202e\\u2028z", refusal.Message);
        Assert.Equal(("a\\nb", "x\\r\\ny\\u202e\\u2028z"), (refusal.Fields[0].Field, refusal.Fields[0].Description));
    }

    [Theory]
    [InlineData("plain", 5, "plain")]
    [InlineData("plain text", 8, "plain…")]
    [InlineData("ééééé", 8, "éé…")]
    [InlineData("😀😀😀", 8, "😀…")]
    public void CutToBytes_Text_IsCutBetweenCharacters(string text, int bytes, string kept) =>
        Assert.Equal(kept, EchoedText.CutToBytes(text, bytes));

    /// <summary>What the platform says of a file names paths of the machine, or what it could not read.</summary>
    [Fact]
    public void ToFailure_ErrorOfThePlatform_SaysNothingOfIt()
    {
        Assert.DoesNotContain("/srv", FailureMapping.ToFailure(new UnauthorizedAccessException("Access to '/srv/x' is denied.")).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("cell", FailureMapping.ToFailure(new FormatException("'cell' was not in a correct format.")).Message,
            StringComparison.Ordinal);
        Assert.Equal("the gradient is not finite",
            FailureMapping.ToFailure(new InvalidDataException("the gradient is not finite")).Message);
    }
}
