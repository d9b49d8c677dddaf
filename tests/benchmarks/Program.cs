using SynCxr.Mesh.Benchmarks;

return args switch
{
    [] or ["sampler"] => SamplerBenchmark.Run(),
    ["overload"] => await OverloadBenchmark.RunAsync(seconds: 30),
    ["scale-images"] => await ImageScaleBenchmark.RunAsync(),
    ["scale"] => await ScaleBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project tests/benchmarks [-- sampler | overload | scale | scale-images]");
    return 2;
}
