using SynCxr.Mesh.Benchmarks;

return args switch
{
    [] or ["sampler"] => SamplerBenchmark.Run(),
    ["overload"] => await OverloadBenchmark.RunAsync(),
    ["scale-images"] => await ImageScaleBenchmark.RunAsync(1, 2, 4),
    ["scale-images", "4"] => await ImageScaleBenchmark.RunAsync(4),
    ["scale"] => await ScaleBenchmark.RunAsync(1, 2, 4),
    ["scale", "4"] => await ScaleBenchmark.RunAsync(4),
    ["stages"] => await StagesBenchmark.RunAsync(),
    ["health"] => await HealthBenchmark.RunAsync(5),
    ["health", var minutes] => await HealthBenchmark.RunAsync(double.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture)),
    ["turns"] => await FairnessBenchmark.RunTurnsAsync(),
    ["watches"] => await FairnessBenchmark.RunWatchesAsync(60),
    ["tenant-watches"] => await TenantWatchBenchmark.RunAsync(),
    ["nih-folds"] => await NihFoldsBenchmark.RunAsync(),
    ["denoising"] => await DenoisingBenchmark.RunAsync(),
    ["stable-diffusion"] => await StableDiffusionBenchmark.RunAsync(),
    ["fuzz"] => await FuzzBenchmark.RunAsync(200_000, 1),
    ["fuzz", var inputs] => await FuzzBenchmark.RunAsync(int.Parse(inputs, System.Globalization.CultureInfo.InvariantCulture), 1),
    ["llama"] => await LlamaBenchmark.RunAsync(),
    ["networks"] => NetworksBenchmark.Run("cpu", 2),
    ["networks", var device, var threads] =>
        NetworksBenchmark.Run(device, int.Parse(threads, System.Globalization.CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: dotnet run -c Release --project tests/benchmarks [-- sampler | overload | scale [4] | scale-images [4] | stages | "
            + "denoising | stable-diffusion | llama | fuzz [INPUTS] | "
            + "networks [DEVICE THREADS] | nih-folds | health [MINUTES] | turns | watches | tenant-watches]");
    return 2;
}
