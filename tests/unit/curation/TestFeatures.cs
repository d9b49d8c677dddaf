namespace SynCxr.Mesh.Curation.Tests;

/// <summary>Made features.</summary>
internal static class TestFeatures
{
    /// <summary>A random unit vector, the same for the same seed.</summary>
    public static float[] RandomUnitVector(int seed, int width)
    {
        var state = ((uint)seed * 2654435761u) + 12345;
        var values = new double[width];
        for (var i = 0; i < width; i++)
        {
            state = (state * 1664525) + 1013904223;
            values[i] = (state >> 8) / 16777216.0 - 0.5;
        }

        return Unit(values);
    }

    /// <summary>A unit vector in the plane of the first two axes.</summary>
    public static float[] AtAngle(double degrees, int width = 128)
    {
        var values = new double[width];
        (values[1], values[0]) = Math.SinCos(degrees * Math.PI / 180);
        return Unit(values);
    }

    private static float[] Unit(double[] values)
    {
        var length = Math.Sqrt(values.Sum(v => v * v));
        return [.. values.Select(v => (float)(v / length))];
    }
}
