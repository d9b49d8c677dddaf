namespace SynCxr.Mesh.Cli.Connect;

/// <summary>Reads a list of the mesh, whose pages end by bytes as well as by count.</summary>
internal static class PageReader
{
    /// <param name="limit">How many items are wanted; 0 for one page of the size that the mesh chooses.</param>
    /// <param name="read">Reads a page: its size and the token of the page before, empty for the first one.</param>
    public static async Task<IReadOnlyList<T>> ReadAsync<T>(int limit,
        Func<int, string, Task<(IReadOnlyCollection<T> Items, string NextToken)>> read)
    {
        var (items, token) = await read(limit, "");
        var all = new List<T>(items);
        while (token.Length > 0 && all.Count < limit)
        {
            (items, token) = await read(limit - all.Count, token);
            all.AddRange(items);
        }

        return all;
    }
}
