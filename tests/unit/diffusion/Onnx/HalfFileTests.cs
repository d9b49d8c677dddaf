using System.Buffers.Binary;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Onnx;

public sealed class HalfFileTests
{
    [Fact]
    public void Read_KnownBytes_GivesRowMajorValues()
    {
        var path = Path.GetTempFileName();
        var bytes = new byte[12];
        float[] values = [0f, 1f, -2.5f, 0.333251953125f, 65504f, -0.000060975552f];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values[i]);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(values, HalfFile.Read(path, 2, 3));
        File.Delete(path);
    }

    [Fact]
    public void Read_WrongLength_NamesBothSizes()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, new byte[10]);
        var exception = Assert.Throws<InvalidDataException>(() => HalfFile.Read(path, 2, 3));
        Assert.Contains("10 bytes", exception.Message);
        Assert.Contains("are 12", exception.Message);
        File.Delete(path);
    }
}
