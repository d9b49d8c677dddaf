using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Faults;

/// <summary>JPEG's loss without its file: blocks of 8 by 8, cosine transform, the standard's luminance table, and back.</summary>
internal static class JpegBlockingFault
{
    private const int Block = 8;
    private static readonly int[] _qualities = [12, 6, 2];

    // ITU-T T.81, table K.1.
    private static readonly int[] _table =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100,
        103, 99,
    ];

    private static readonly double[,] _basis = MakeBasis();

    /// <summary>Quality 12, 6 or 2 of 100.</summary>
    public static float[] Apply(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var result = (float[])image.Clone();
        for (var top = 0; top + Block <= side; top += Block)
        {
            for (var left = 0; left + Block <= side; left += Block)
                Compress(result, side, left, top, 50.0 / _qualities[strength]);
        }

        return result;
    }

    private static void Compress(float[] image, int side, int left, int top, double scale)
    {
        var block = new double[Block, Block];
        for (var y = 0; y < Block; y++)
        {
            for (var x = 0; x < Block; x++)
                block[y, x] = image[(top + y) * side + left + x] * 255 - 128;
        }

        var waves = Product(Product(_basis, block, false), _basis, true);
        for (var v = 0; v < Block; v++)
        {
            for (var u = 0; u < Block; u++)
            {
                var step = Math.Clamp(Math.Floor(_table[v * Block + u] * scale + 0.5), 1, 255);
                waves[v, u] = Math.Round(waves[v, u] / step) * step;
            }
        }

        var back = Product(Product(Transposed(_basis), waves, false), Transposed(_basis), true);
        for (var y = 0; y < Block; y++)
        {
            for (var x = 0; x < Block; x++)
                image[(top + y) * side + left + x] = (float)Math.Clamp((back[y, x] + 128) / 255, 0, 1);
        }
    }

    /// <summary>a b, or a bᵀ.</summary>
    private static double[,] Product(double[,] a, double[,] b, bool transpose)
    {
        var result = new double[Block, Block];
        for (var i = 0; i < Block; i++)
        {
            for (var j = 0; j < Block; j++)
            {
                for (var k = 0; k < Block; k++)
                    result[i, j] += a[i, k] * (transpose ? b[j, k] : b[k, j]);
            }
        }

        return result;
    }

    private static double[,] Transposed(double[,] a)
    {
        var result = new double[Block, Block];
        for (var i = 0; i < Block; i++)
        {
            for (var j = 0; j < Block; j++)
                result[i, j] = a[j, i];
        }

        return result;
    }

    private static double[,] MakeBasis()
    {
        var basis = new double[Block, Block];
        for (var u = 0; u < Block; u++)
        {
            for (var x = 0; x < Block; x++)
                basis[u, x] = Math.Sqrt((u == 0 ? 1.0 : 2.0) / Block) * Math.Cos((2 * x + 1) * u * Math.PI / (2 * Block));
        }

        return basis;
    }
}
