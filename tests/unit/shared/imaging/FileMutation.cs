namespace SynCxr.Mesh.Shared.Tests.Imaging;

/// <summary>Damage to a file: bytes changed, cut off, doubled, or a length made absurd.</summary>
internal static class FileMutation
{
    /// <param name="reach">Bytes at the start in which every second file is damaged.</param>
    public static byte[] Mutate(byte[] file, Random random, int reach)
    {
        var bytes = (byte[])file.Clone();
        // most of what decides lies in the head
        reach = random.Next(2) == 0 ? Math.Min(bytes.Length, reach) : bytes.Length;
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(reach);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    for (var i = at; i < Math.Min(bytes.Length, at + 4); i++)
                        bytes[i] = 255;
                    break;
                case 3:
                    bytes = bytes[..Math.Max(1, at)];
                    reach = Math.Min(reach, bytes.Length);
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[at..Math.Min(bytes.Length, at + random.Next(1, 40))], .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }
}
