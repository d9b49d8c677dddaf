using SynCxr.Mesh.Imaging;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging;

public sealed class ImageResizerTests
{
    [Theory]
    [InlineData(80, 40, 20, 20, 10)]
    [InlineData(40, 80, 20, 10, 20)]
    [InlineData(30, 10, 60, 60, 20)]
    [InlineData(50, 50, 20, 20, 20)]
    [InlineData(1000, 1, 20, 20, 1)]
    public void ResizeIntoSquare_AnyShape_KeepsItsProportionsInTheMiddle(int width, int height, int side, int wide, int high)
    {
        var square = ImageResizer.ResizeIntoSquare(GrayImage.Filled(width, height, 200), side);
        Assert.Equal((side, side), (square.Width, square.Height));
        var (left, top) = ((side - wide) / 2, (side - high) / 2);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var inside = x >= left && x < left + wide && y >= top && y < top + high;
                Assert.Equal(inside ? 200 : 0, square[x, y]);
            }
        }
    }
}
