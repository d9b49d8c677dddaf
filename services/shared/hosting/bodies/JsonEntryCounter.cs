namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>
/// Counts objects, lists and entries of lists in JSON without parsing it. What is not JSON is left to the parser, which says where it is
/// wrong.
/// </summary>
internal static class JsonEntryCounter
{
    /// <summary>How deep JSON may be nested here; below, every comma counts.</summary>
    private const int MaxDepth = 64;

    /// <returns>True when there are more entries than the limit; it counts no further.</returns>
    public static bool IsOver(ReadOnlySpan<byte> json, int limit)
    {
        var count = 0;
        var depth = 0;
        var lists = 0UL; // a bit for each level that is a list
        for (var i = 0; i < json.Length && count <= limit; i++)
        {
            switch (json[i])
            {
                case (byte)'"':
                    i += FindEndOfText(json[(i + 1)..]) + 1;
                    break;
                case (byte)'{' or (byte)'[':
                    count++;
                    depth++;
                    if (depth < MaxDepth)
                        lists = json[i] == '[' ? lists | (1UL << depth) : lists & ~(1UL << depth);
                    break;
                case (byte)'}' or (byte)']':
                    depth = Math.Max(0, depth - 1);
                    break;
                case (byte)',' when depth >= MaxDepth || (lists & (1UL << depth)) != 0:
                    count++;
                    break;
            }
        }

        return count > limit;
    }

    private static int FindEndOfText(ReadOnlySpan<byte> rest)
    {
        for (var i = 0; i < rest.Length; i++)
        {
            var next = rest[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
                return rest.Length;
            i += next;
            if (rest[i] == '"')
                return i;
            i++; // what is escaped ends nothing
        }

        return rest.Length;
    }
}
