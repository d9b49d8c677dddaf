using SynCxr.Mesh.Benchmarks;

return args is [] or ["sampler"] ? SamplerBenchmark.Run() : Usage();

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project tests/benchmarks [-- sampler]");
    return 2;
}
