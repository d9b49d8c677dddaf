using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>Whatever the bytes of a table are, it is read or refused by name, in bounded time and memory.</summary>
public sealed class CsvTableFuzzTests : IDisposable
{
    private const int Inputs = 20_000, Seed = 20261130;
    private const long MostBytes = 4L << 30; // in all: 200 kB an input
    private static readonly TimeSpan _most = TimeSpan.FromMinutes(2);

    private static readonly string[] _tables =
    [
        "image,label,Effusion\r\n1.png,\"a, \"\"b\"\"\",1\r\n2.png,x,-1.0\r\n",
        ",ImageID,Labels\n0,1.png,\"['a', 'b']\"\n1,2.png,\"[\"\"it's\"\"]\"\n",
        "Path,No Finding,No Finding\ntrain/p1/a.jpg,1.0,1.0\ntrain/p2/b.jpg,nan,\n",
        "a,b\n\"line\nbreak\",Müller\n\n\n1\n1,2,,,\n",
    ];

    private static readonly string[] _bits = ["\"", "\"\"", ",", "\n", "\r", "\r\n", "\0", "\uFEFF", "[", "'", "é", "1", ";", "\t", " "];

    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Open_MutatedTables_AreReadOrRefusedByName()
    {
        var random = new Random(Seed);
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (read, refused) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var file = _scratch[i % 4 == 3 ? "t.csv.gz" : "t.csv"];
            File.WriteAllBytes(file, Mutate(random, isPacked: i % 4 == 3));
            try
            {
                var table = CsvTable.Open(file, DataBoundary.Open, "f");
                foreach (var row in table.Rows)
                    Assert.All(table.Columns, c => Assert.NotNull(row[c]));
                table.RequireColumns([.. table.Columns]);
                table.IndexRows(table.Columns[0]);
                read++;
            }
            catch (MeshException error)
            {
                Assert.StartsWith("f: ", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(read > Inputs / 10 && refused > Inputs / 10, $"{read} were read, {refused} refused");
        Assert.True(clock.Elapsed < _most, $"{clock.Elapsed}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    private static byte[] Mutate(Random random, bool isPacked)
    {
        var text = new StringBuilder(_tables[random.Next(_tables.Length)]);
        for (var edits = random.Next(1, 6); edits > 0; edits--)
        {
            var at = random.Next(text.Length + 1);
            if (random.Next(3) == 0 && at < text.Length)
                text.Remove(at, random.Next(1, Math.Min(8, text.Length - at) + 1));
            else
                text.Insert(at, string.Concat(Enumerable.Repeat(_bits[random.Next(_bits.Length)], random.Next(1, 4))));
        }

        var encoding = random.Next(4) == 0 ? Encoding.Latin1 : random.Next(8) == 0 ? Encoding.Unicode : Encoding.UTF8;
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(text.ToString())];
        if (isPacked)
            bytes = Pack(bytes);
        for (var flips = random.Next(3); flips > 0 && bytes.Length > 0; flips--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes;
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
